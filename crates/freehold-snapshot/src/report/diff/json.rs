//! What grew, as JSON: the same facts as in the text, unrounded and in full.

use serde::Serialize;

use crate::diff::{Diff, Holder, TypeGrowth};
use crate::report::Json;
use crate::report::json::{PathRow, Process, path, process};
use crate::{Analysis, Snapshot};

impl Json {
    /// The differences `diff` between `older` snapshots and the newest, one JSON object, ending with a line feed.
    pub fn diff(&self, older: &[Snapshot], newest: &Analysis<'_>, diff: &Diff) -> String {
        let snapshots = older.iter().chain([newest.snapshot()]);
        self.write(&Document {
            format: "freehold-diff",
            version: 1,
            snapshots: snapshots.map(summary).collect(),
            types: diff.types.iter().map(type_row).collect(),
            holders: diff.holders.as_ref().map(|rows| {
                let rows = rows.iter();
                rows.map(|it| holder(newest.snapshot(), it)).collect()
            }),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    snapshots: Vec<Summary<'a>>,
    types: Vec<TypeRow<'a>>,
    holders: Option<Vec<HolderRow<'a>>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    process: Process<'a>,
    objects: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct TypeRow<'a> {
    r#type: &'a str,
    objects: Vec<u64>,
    bytes: Vec<u64>,
}

#[derive(Serialize)]
struct HolderRow<'a> {
    objects: u64,
    bytes: u64,
    r#type: &'a str,
    place: &'a str,
    path: PathRow<'a>,
}

fn summary(snapshot: &Snapshot) -> Summary<'_> {
    Summary {
        process: process(snapshot.meta()),
        objects: snapshot.object_count(),
        bytes: snapshot.total_size(),
    }
}

fn type_row(row: &TypeGrowth) -> TypeRow<'_> {
    TypeRow {
        r#type: &row.name,
        objects: row.series.iter().map(|point| point.0).collect(),
        bytes: row.series.iter().map(|point| point.1).collect(),
    }
}

fn holder<'a>(snapshot: &'a Snapshot, holder: &'a Holder) -> HolderRow<'a> {
    HolderRow {
        objects: holder.objects,
        bytes: holder.bytes,
        r#type: snapshot.type_name(holder.type_id),
        place: &holder.place,
        path: path(snapshot, &holder.path),
    }
}
