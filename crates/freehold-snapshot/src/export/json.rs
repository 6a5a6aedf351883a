//! The whole heap as one JSON object, a line an object, so that what reads lines can read it as well.

use std::io::{self, Write};

use serde::Serialize;

use crate::export::string;
use crate::report::json::{process, step};
use crate::{Analysis, ObjectId};

#[derive(Serialize)]
struct TypeRow<'a> {
    r#type: &'a str,
    objects: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct RootRow<'a> {
    object: u32,
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct ObjectRow<'a> {
    id: u32,
    address: u64,
    r#type: &'a str,
    size: u64,
    count: u64,
    retained: u64,
    retained_objects: u64,
    dominator: Option<u32>,
    unreachable: bool,
}

pub(super) fn write(analysis: &Analysis<'_>, out: &mut impl Write) -> io::Result<()> {
    let snapshot = analysis.snapshot();
    out.write_all(b"{\"format\":\"freehold-heap\",\"version\":1,\n\"process\":")?;
    serde_json::to_writer(&mut *out, &process(snapshot.meta()))?;
    let census = analysis.census().iter().map(|row| TypeRow {
        r#type: snapshot.type_name(row.type_id),
        objects: row.objects,
        bytes: row.bytes,
    });
    list(out, "census", census)?;
    let roots = snapshot.roots().iter().map(|root| RootRow {
        object: root.object.0,
        kind: root.kind.as_str(),
        name: snapshot.name(root.name),
    });
    list(out, "roots", roots)?;
    out.write_all(b",\n\"objects\":[")?;
    for (id, _) in snapshot.objects() {
        out.write_all(if id.0 == 0 { b"\n" } else { b",\n" })?;
        object(analysis, id, out)?;
    }
    out.write_all(b"]}\n")
}

fn list(out: &mut impl Write, name: &str, rows: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    out.write_all(b",\n")?;
    string(out, name)?;
    out.write_all(b":[")?;
    for (position, row) in rows.enumerate() {
        out.write_all(if position == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"]")
}

/// One object, its references after its own facts, each written as it comes: an object may have millions.
fn object(analysis: &Analysis<'_>, id: ObjectId, out: &mut impl Write) -> io::Result<()> {
    let snapshot = analysis.snapshot();
    let Some(object) = snapshot.object(id) else {
        return Ok(());
    };
    let row = serde_json::to_string(&ObjectRow {
        id: id.0,
        address: object.address,
        r#type: snapshot.type_name(object.type_id),
        size: object.size,
        count: object.count,
        retained: analysis.retained(id),
        retained_objects: analysis.retained_objects(id),
        dominator: analysis.dominator(id).map(|it| it.0),
        unreachable: analysis.is_garbage(id),
    })?;
    out.write_all(row.trim_end_matches('}').as_bytes())?;
    out.write_all(b",\"references\":[")?;
    for (position, reference) in snapshot.references(id).enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &step(snapshot, &reference))?;
    }
    out.write_all(b"]}")
}
