//! One reference cycle, found and written down: `Transfer.on_done → function → cell → Transfer`.
//!
//! Breadth-first search within the strongly connected component finds a shortest cycle, O(size of the component).

use std::collections::VecDeque;

use crate::ObjectId;
use crate::heap::Heap;
use crate::label::Label;
use crate::maps::Map;
use crate::path::{bare, quoted};
use crate::report::quantity::count;
use crate::snapshot::Reference;
use crate::suspect::cycles::Cluster;

/// Of longer cycles this many steps are shown.
const MOST_STEPS: usize = 12;

/// A shortest cycle through the object that stands for the cluster, as text.
pub(super) fn render(heap: &Heap<'_>, cluster: &Cluster) -> String {
    let steps = shortest(heap, cluster);
    let mut text = own_name(heap, cluster.object);
    let mut at = cluster.object;
    // The tuple of a closure is not shown, nor are positions in it.
    let mut in_wiring = false;
    for step in steps.iter().take(MOST_STEPS) {
        let wiring = in_wiring || is_wiring(heap, at, step.label);
        if !wiring {
            text.push_str(&shown(heap, at, step.label));
        }
        at = step.to.0;
        in_wiring = wiring && heap.type_name(at) == "tuple";
        if !in_wiring && step.label != Label::Namespace {
            text.push_str(" → ");
            text.push_str(&own_name(heap, at));
        }
    }
    match steps.len().saturating_sub(MOST_STEPS) {
        0 => text,
        more => {
            let end = own_name(heap, cluster.object);
            format!("{text} → … {} more … → {end}", count(more as u64))
        }
    }
}

/// How a step shows.
fn shown(heap: &Heap<'_>, from: u32, label: Label) -> String {
    let name = |id| heap.snapshot.name(id);
    match label {
        Label::Attribute(id) => format!(".{}", bare(name(id))),
        Label::Item(id) if heap.roles.owner(from).is_some() => format!(".{}", bare(name(id))),
        Label::Item(id) => format!("[{}]", quoted(name(id))),
        Label::Index(index) => format!("[{index}]"),
        Label::Value => "[…]".into(),
        _ => String::new(),
    }
}

/// Whether a step is the runtime's own: `function.__closure__`, `method.__self__`, `cell.cell_contents`.
fn is_wiring(heap: &Heap<'_>, from: u32, label: Label) -> bool {
    match label {
        Label::Attribute(id) if heap.is_builtin(from) => {
            let name = heap.snapshot.name(id);
            name.starts_with("__") || name == "cell_contents"
        }
        _ => false,
    }
}

/// The type of an object without its module or path; type parameters are kept.
fn own_name(heap: &Heap<'_>, object: u32) -> String {
    let name = heap.type_name(object);
    let head = name.split('<').next().unwrap_or(name);
    let start = head.rfind(['.', ':']).map_or(0, |separator| separator + 1);
    bare(&name[start..])
}

/// The references of a shortest cycle, from the cluster's object back to it.
fn shortest(heap: &Heap<'_>, cluster: &Cluster) -> Vec<Reference> {
    let edges = &heap.snapshot.edges;
    let components = &heap.garbage.components;
    let mut via: Map<u32, (u32, Label)> = Map::default();
    let mut queue = VecDeque::from([cluster.object]);
    while let Some(from) = queue.pop_front() {
        for position in edges.range(from) {
            let to = edges.targets[position];
            let inside = components.component(to) == Some(cluster.component);
            if !inside || via.contains_key(&to) {
                continue;
            }
            via.insert(to, (from, edges.label(position)));
            if to == cluster.object {
                return unwind(&via, to);
            }
            queue.push_back(to);
        }
    }
    Vec::new()
}

/// The steps of the cycle that ends at `end`, in order.
fn unwind(via: &Map<u32, (u32, Label)>, end: u32) -> Vec<Reference> {
    let mut steps = Vec::new();
    let mut at = end;
    while let Some((from, label)) = via.get(&at) {
        let to = ObjectId(at);
        steps.push(Reference { to, label: *label });
        at = *from;
        if at == end {
            break;
        }
    }
    steps.reverse();
    steps
}
