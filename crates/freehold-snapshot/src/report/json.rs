//! The report as JSON: the same facts, unrounded. The schema is in `docs/snapshot-format.md`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::label::Label;
use crate::path::Path;
use crate::snapshot::Reference;
use crate::suspect::{Growth, Suspect};
use crate::{Analysis, CensusRow, Host, Meta, Retainer, Snapshot};

/// Of longer paths only this many steps are listed.
const MOST_STEPS: usize = 256;

/// A JSON report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json {
    /// Whether to break lines and indent.
    pub pretty: bool,
}

impl Json {
    /// The report, one JSON object, ending with a line feed.
    pub fn render(&self, analysis: &Analysis<'_>) -> String {
        self.write(&Document::of(analysis))
    }

    pub(super) fn write(&self, document: &impl Serialize) -> String {
        let text = match self.pretty {
            true => serde_json::to_string_pretty(document),
            false => serde_json::to_string(document),
        };
        // Strings, numbers and string keys alone: there is nothing in a document that JSON cannot say.
        text.unwrap_or_default() + "\n"
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    process: Process<'a>,
    heap: Totals,
    suspects: Vec<SuspectRow<'a>>,
    retainers: Vec<RetainerRow<'a>>,
    census: Vec<TypeRow<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Process<'a> {
    host: Host,
    host_version: &'a str,
    pid: u32,
    program: &'a str,
    time: f64,
    uptime: f64,
    notes: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Totals {
    objects: usize,
    references: usize,
    bytes: u64,
    garbage_objects: u64,
    garbage_bytes: u64,
}

#[derive(Serialize)]
struct SuspectRow<'a> {
    kind: &'static str,
    confidence: &'static str,
    sentence: &'a str,
    object: u32,
    address: u64,
    retained: u64,
    share: f64,
    r#type: &'a str,
    count: u64,
    cycles: u64,
    place: &'a str,
    also: &'a [String],
    path: Option<PathRow<'a>>,
    growth: Option<GrowthRow>,
}

#[derive(Serialize)]
pub(super) struct PathRow<'a> {
    root: RootRow<'a>,
    length: usize,
    steps: Vec<StepRow<'a>>,
}

#[derive(Serialize)]
struct RootRow<'a> {
    kind: &'static str,
    name: &'a str,
    object: u32,
}

#[derive(Serialize)]
pub(crate) struct StepRow<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    object: u32,
}

#[derive(Serialize)]
struct GrowthRow {
    from_seconds: f64,
    from_length: u64,
    to_seconds: f64,
    to_length: u64,
    points: usize,
}

#[derive(Serialize)]
struct RetainerRow<'a> {
    object: u32,
    address: u64,
    retained: u64,
    share: f64,
    objects: u64,
    r#type: &'a str,
    place: &'a str,
}

#[derive(Serialize)]
struct TypeRow<'a> {
    r#type: &'a str,
    objects: u64,
    bytes: u64,
    share: f64,
}

impl<'a> Document<'a> {
    fn of(analysis: &'a Analysis<'_>) -> Document<'a> {
        let snapshot = analysis.snapshot();
        let meta = snapshot.meta();
        let (garbage_objects, garbage_bytes) = analysis.garbage();
        let total = analysis.total_size();
        Document {
            format: "freehold-report",
            version: 1,
            process: process(meta),
            heap: Totals {
                objects: snapshot.object_count(),
                references: snapshot.reference_count(),
                bytes: total,
                garbage_objects,
                garbage_bytes,
            },
            suspects: rows(analysis.suspects(), |row| suspect(snapshot, total, row)),
            retainers: rows(analysis.retainers(), |row| retainer(snapshot, total, row)),
            census: rows(analysis.census(), |row| census(snapshot, total, row)),
        }
    }
}

pub(crate) fn process(meta: &Meta) -> Process<'_> {
    Process {
        host: meta.host,
        host_version: &meta.host_version,
        pid: meta.pid,
        program: &meta.program,
        time: meta.time,
        uptime: meta.uptime,
        notes: &meta.notes,
    }
}

fn rows<'a, T, R>(items: &'a [T], row: impl Fn(&'a T) -> R) -> Vec<R> {
    items.iter().map(row).collect()
}

fn suspect<'a>(snapshot: &'a Snapshot, total: u64, suspect: &'a Suspect) -> SuspectRow<'a> {
    SuspectRow {
        kind: suspect.kind.as_str(),
        confidence: suspect.confidence.as_str(),
        sentence: &suspect.sentence,
        object: suspect.object.0,
        address: snapshot.object(suspect.object).map_or(0, |it| it.address),
        retained: suspect.retained,
        share: share(suspect.retained, total),
        r#type: snapshot.type_name(suspect.type_id),
        count: suspect.count,
        cycles: suspect.cycles,
        place: &suspect.place,
        also: &suspect.also,
        path: suspect.path.as_ref().map(|it| path(snapshot, it)),
        growth: suspect.growth.map(growth),
    }
}

pub(super) fn path<'a>(snapshot: &'a Snapshot, path: &Path) -> PathRow<'a> {
    let steps = path.steps.iter().take(MOST_STEPS);
    PathRow {
        root: RootRow {
            kind: path.root.kind.as_str(),
            name: snapshot.name(path.root.name),
            object: path.root.object.0,
        },
        length: path.steps.len(),
        steps: steps.map(|it| step(snapshot, it)).collect(),
    }
}

pub(crate) fn step<'a>(snapshot: &'a Snapshot, step: &Reference) -> StepRow<'a> {
    let (name, index) = match step.label {
        Label::Attribute(id) | Label::Item(id) | Label::Local(id) | Label::Cell(id) => (Some(snapshot.name(id)), None),
        Label::Index(index) => (None, Some(index)),
        _ => (None, None),
    };
    StepRow {
        kind: step.label.as_str(),
        name,
        index,
        object: step.to.0,
    }
}

fn growth(growth: Growth) -> GrowthRow {
    GrowthRow {
        from_seconds: growth.from.seconds,
        from_length: growth.from.length,
        to_seconds: growth.to.seconds,
        to_length: growth.to.length,
        points: growth.points,
    }
}

fn retainer<'a>(snapshot: &'a Snapshot, total: u64, retainer: &'a Retainer) -> RetainerRow<'a> {
    RetainerRow {
        object: retainer.object.0,
        address: snapshot.object(retainer.object).map_or(0, |it| it.address),
        retained: retainer.retained,
        share: share(retainer.retained, total),
        objects: retainer.objects,
        r#type: snapshot.type_name(retainer.type_id),
        place: &retainer.place,
    }
}

fn census<'a>(snapshot: &'a Snapshot, total: u64, row: &CensusRow) -> TypeRow<'a> {
    TypeRow {
        r#type: snapshot.type_name(row.type_id),
        objects: row.objects,
        bytes: row.bytes,
        share: share(row.bytes, total),
    }
}

/// A share from 0 to 1.
fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}
