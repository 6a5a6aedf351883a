//! The words for a finding.

use crate::heap::Heap;
use crate::label::Label;
use crate::path::{Path, bare};
use crate::report::quantity::{bytes, count, percent, seconds};
use crate::suspect::accumulation::{Accumulation, Form};
use crate::suspect::cycles::{Cluster, Obstacle, obstacle};
use crate::{Host, ObjectId, RootKind, TypeId};

/// `app.AUDIT (dict) holds 12,000 app.Order objects and keeps growing: …`
pub(super) fn accumulation(heap: &Heap<'_>, found: &Accumulation, place: &str, also: &[String]) -> String {
    let mut subjects = vec![subject(heap, found.container, place)];
    subjects.extend_from_slice(also);
    let several = !also.is_empty();
    let verb = match found.form {
        Form::Chain => "is the first in a chain of",
        Form::Entries | Form::Inner(_) if several => "hold",
        Form::Entries | Form::Inner(_) => "holds",
    };
    let holds = format!(
        "{} {verb} {}{}",
        list(&subjects),
        objects(heap, found.contents.count, found.contents.type_id),
        through(heap, found),
    );
    let freed = format!(
        "{}, {} of the heap",
        bytes(found.bytes),
        percent(found.bytes, heap.total())
    );
    match found.growth {
        None => format!("{holds}: {freed}. {UNKNOWN}"),
        Some(growth) => format!(
            "{holds} {}: from {} to {} entries in {}. Clearing {} would free {freed}.",
            grows(found.form, several),
            count(growth.from.length),
            count(growth.to.length),
            seconds(growth.seconds()),
            if several { "them" } else { "it" },
        ),
    }
}

fn grows(form: Form, several: bool) -> String {
    match form {
        Form::Inner(inner) => format!("in {} containers that keep growing", count(inner)),
        Form::Entries | Form::Chain if several => "and keep growing".into(),
        Form::Entries | Form::Chain => "and keeps growing".into(),
    }
}

/// What to do about it when nobody watched it grow.
const UNKNOWN: &str = "Whether it grows is not known: compare with a longer run.";

/// `400 unreachable reference cycles of app.Transfer keep 25 MiB …`
pub(super) fn cycles(heap: &Heap<'_>, found: &Cluster, cycle: &str) -> String {
    let name = type_name(heap, found.type_id);
    let groups = match (found.cycles, found.objects) {
        (1, 1) => format!("1 unreachable reference cycle of {name} keeps"),
        (1, objects) => format!(
            "1 unreachable reference cycle of {} {name} objects keeps",
            count(objects)
        ),
        (cycles, objects) if cycles == objects => {
            format!("{} unreachable reference cycles of {name} keep", count(cycles))
        }
        (cycles, objects) => format!(
            "{} unreachable reference cycles of {} {name} objects keep",
            count(cycles),
            count(objects)
        ),
    };
    format!(
        "{groups} {}, {} of the heap: {cycle}. {}",
        bytes(found.bytes),
        percent(found.bytes, heap.total()),
        fate(heap, found),
    )
}

/// When the cycle collector will free them, or why not.
fn fate(heap: &Heap<'_>, found: &Cluster) -> &'static str {
    let python = heap.snapshot.meta.host == Host::Python;
    match obstacle(heap, found) {
        Obstacle::None => "The cycle collector is enabled and has not come to that yet.",
        Obstacle::Disabled if python => "Only the cycle collector frees them, and it is disabled (gc.disable()).",
        Obstacle::Disabled => "Only the cycle collector frees them, and it is disabled.",
        Obstacle::NoThreshold => "Only the cycle collector frees them, and it never runs (gc.set_threshold(0)).",
        Obstacle::Frozen => "Only the cycle collector frees them, and they were frozen out of its sight (gc.freeze()).",
        Obstacle::Unknown => "Only the cycle collector frees them.",
    }
}

/// The object that a path to `container` names: for an attribute table its owner.
fn container_shown(heap: &Heap<'_>, container: u32) -> u32 {
    heap.roles.owner(container).unwrap_or(container)
}

/// `app.AUDIT (dict)`, or `Native code → app.Pool` where the type is what the path ends with.
fn subject(heap: &Heap<'_>, container: u32, place: &str) -> String {
    let path = heap.path(container);
    let in_code = path.as_ref().is_some_and(|it| it.root.kind == RootKind::Module);
    let place = match in_code {
        true => place.to_owned(),
        false => capitalised(place),
    };
    let kind = type_name(heap, heap.type_id(container_shown(heap, container)));
    let Some(whole) = place.strip_suffix(&format!(" → {kind}")) else {
        return format!("{place} ({kind})");
    };
    // What has no name of its own is a part of what it was reached through.
    match path.as_ref().and_then(part_of) {
        Some(owner) if in_code => format!("{whole} ({})", type_name(heap, heap.type_id(owner.0))),
        _ => place,
    }
}

/// The object that the last step of a path leads from, if that step has no name.
fn part_of(path: &Path) -> Option<ObjectId> {
    let [.., owner, last] = path.steps.as_slice() else {
        return None;
    };
    (last.label == Label::Other).then_some(owner.to)
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}

fn through(heap: &Heap<'_>, found: &Accumulation) -> String {
    match found.contents.through {
        Some(plumbing) => format!(" (each through a {})", type_name(heap, plumbing)),
        None => String::new(),
    }
}

fn objects(heap: &Heap<'_>, number: u64, type_id: TypeId) -> String {
    format!("{} {} objects", count(number), type_name(heap, type_id))
}

fn type_name(heap: &Heap<'_>, type_id: TypeId) -> String {
    bare(heap.snapshot.type_name(type_id))
}

/// `a`, `a and b`, `a, b and 3 more`.
fn list(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
    }
}
