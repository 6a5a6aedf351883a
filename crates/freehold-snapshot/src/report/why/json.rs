//! Why objects are alive, as JSON: the same facts as in the text, unrounded, and at most twenty paths.

use serde::Serialize;

use crate::report::Json;
use crate::report::json::{PathRow, Process, path, process};
use crate::{Analysis, Group, Snapshot, Why};

/// Of more objects only this many ids are listed.
const MOST_IDS: usize = 1000;

impl Json {
    /// The answer `why`, one JSON object, ending with a line feed.
    pub fn why(&self, analysis: &Analysis<'_>, why: &Why) -> String {
        let snapshot = analysis.snapshot();
        self.write(&Document {
            format: "freehold-why",
            version: 1,
            process: process(snapshot.meta()),
            r#type: why.objects.first().map(|it| snapshot.type_name_of(*it)),
            objects: why.objects.len(),
            ids: why.objects.iter().take(MOST_IDS).map(|it| it.0).collect(),
            unreachable: why.unreachable,
            bytes: why.bytes,
            retained: why.retained,
            group_count: why.group_count,
            groups: why.groups.iter().map(|it| group(snapshot, it)).collect(),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    process: Process<'a>,
    r#type: Option<&'a str>,
    objects: usize,
    ids: Vec<u32>,
    unreachable: u64,
    bytes: u64,
    retained: u64,
    group_count: usize,
    groups: Vec<GroupRow<'a>>,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    objects: u64,
    bytes: u64,
    ways: u64,
    place: &'a str,
    path: PathRow<'a>,
}

fn group<'a>(snapshot: &'a Snapshot, group: &'a Group) -> GroupRow<'a> {
    GroupRow {
        objects: group.objects,
        bytes: group.bytes,
        ways: group.ways,
        place: &group.place,
        path: path(snapshot, &group.path),
    }
}
