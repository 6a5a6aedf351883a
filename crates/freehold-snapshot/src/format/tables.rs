//! The six tables: which column goes where, and what must hold when it comes back.

use std::path::Path;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};

use crate::format::meta::Totals;
use crate::format::read::TableReader;
use crate::format::{schema, write};
use crate::label::{Label, Payload};
use crate::snapshot::{Edges, Length, Objects, Types};
use crate::strings::Strings;
use crate::{Error, Meta, NameId, ObjectId, Root, RootKind, Snapshot};

/// Writes every table into `directory`.
pub(super) fn save(snapshot: &Snapshot, directory: &Path) -> Result<(), Error> {
    save_objects(&snapshot.objects, directory)?;
    save_references(&snapshot.edges, directory)?;
    save_roots(&snapshot.roots, directory)?;
    save_types(&snapshot.types, directory)?;
    save_names(&snapshot.names, directory)?;
    save_lengths(&snapshot.lengths, directory)
}

fn save_objects(objects: &Objects, directory: &Path) -> Result<(), Error> {
    write::table(directory, &schema::OBJECTS, objects.len(), |group| {
        group.ids()?;
        group.u64s(|row| objects.address[row])?;
        group.u32s(|row| objects.type_id[row])?;
        group.u64s(|row| objects.size[row])?;
        group.u64s(|row| objects.count[row])?;
        group.u32s(|row| objects.flags[row])?;
        for _reserved in ["generation", "thread", "task", "site"] {
            group.optional_u32s(|_| None)?;
        }
        Ok(())
    })
}

fn save_references(edges: &Edges, directory: &Path) -> Result<(), Error> {
    let payload = |row: usize, of: Payload| {
        let present = Label::payload(edges.codes[row]) == Some(of);
        present.then_some(edges.payloads[row])
    };
    write::table(directory, &schema::REFERENCES, edges.len(), |group| {
        group.u32s(|row| edges.source(row))?;
        group.u32s(|row| edges.targets[row])?;
        group.u32s(|row| u32::from(edges.codes[row]))?;
        group.optional_u32s(|row| payload(row, Payload::Name))?;
        group.optional_u32s(|row| payload(row, Payload::Index))
    })
}

fn save_roots(roots: &[Root], directory: &Path) -> Result<(), Error> {
    write::table(directory, &schema::ROOTS, roots.len(), |group| {
        group.u32s(|row| roots[row].object.0)?;
        group.u32s(|row| u32::from(roots[row].kind.code()))?;
        group.u32s(|row| roots[row].name.0)
    })
}

fn save_types(types: &Types, directory: &Path) -> Result<(), Error> {
    write::table(directory, &schema::TYPES, types.flags.len(), |group| {
        group.ids()?;
        group.required::<ByteArrayType>(|row| text(&types.names, row))?;
        group.u32s(|row| types.flags[row])
    })
}

fn save_names(names: &Strings, directory: &Path) -> Result<(), Error> {
    write::table(directory, &schema::NAMES, names.len(), |group| {
        group.ids()?;
        group.required::<ByteArrayType>(|row| text(names, row))
    })
}

fn save_lengths(lengths: &[(u32, Length)], directory: &Path) -> Result<(), Error> {
    write::table(directory, &schema::LENGTHS, lengths.len(), |group| {
        group.u32s(|row| lengths[row].0)?;
        group.required::<DoubleType>(|row| lengths[row].1.seconds)?;
        group.u64s(|row| lengths[row].1.length)
    })
}

fn text(strings: &Strings, row: usize) -> ByteArray {
    ByteArray::from(strings.get(row as u32))
}

/// Reads every table of `directory`, checking each id against the table that it points into.
pub(super) fn load(directory: &Path, meta: Meta, totals: Totals) -> Result<Snapshot, Error> {
    let open = |table, rows| TableReader::open(directory, table, rows);
    let names = load_names(&open(&schema::NAMES, totals.names)?)?;
    let types = load_types(&open(&schema::TYPES, totals.types)?)?;
    let objects = load_objects(&open(&schema::OBJECTS, totals.objects)?, types.flags.len())?;
    let edges = load_references(
        &open(&schema::REFERENCES, totals.references)?,
        objects.len(),
        names.len(),
    )?;
    let roots = load_roots(&open(&schema::ROOTS, totals.roots)?, objects.len(), names.len())?;
    let lengths = load_lengths(&open(&schema::LENGTHS, totals.lengths)?, objects.len())?;
    Ok(Snapshot {
        meta,
        objects,
        edges,
        roots,
        types,
        names,
        lengths,
    })
}

fn load_names(table: &TableReader) -> Result<Strings, Error> {
    table.check_ids()?;
    let mut names = Strings::default();
    table.each_text("name", |name| names.push(name))?;
    Ok(names)
}

fn load_types(table: &TableReader) -> Result<Types, Error> {
    let names = load_names(table)?;
    let flags = table.u32s("flags")?;
    Ok(Types { names, flags })
}

fn load_objects(table: &TableReader, types: usize) -> Result<Objects, Error> {
    table.check_ids()?;
    Ok(Objects {
        address: table.u64s("address")?,
        type_id: table.ids("type_id", types)?,
        size: table.u64s("size")?,
        count: table.u64s("count")?,
        flags: table.u32s("flags")?,
    })
}

fn load_references(table: &TableReader, objects: usize, names: usize) -> Result<Edges, Error> {
    let starts = load_starts(table, objects)?;
    let targets = table.ids("to", objects)?;
    let codes = load_codes(table)?;
    let mut payloads = vec![0; codes.len()];
    let mut fill = |column: &str, payload: Payload, limit: usize| {
        table.each_optional_u32(column, |row, value| {
            let wanted = Label::payload(codes[row]) == Some(payload);
            match value {
                Some(value) if wanted => {
                    table.check_id(column, row, value, limit)?;
                    payloads[row] = value;
                    Ok(())
                }
                None if !wanted => Ok(()),
                _ => Err(table.corrupt(format!("row {row} has a {column} against its kind"))),
            }
        })
    };
    fill("name_id", Payload::Name, names)?;
    fill("index", Payload::Index, usize::MAX)?;
    Ok(Edges {
        starts,
        targets,
        codes,
        payloads,
    })
}

/// The row starts, from the sorted column of sources.
fn load_starts(table: &TableReader, objects: usize) -> Result<Vec<u32>, Error> {
    let mut starts = Vec::new();
    table.each_u32("from", |row, from| {
        table.check_id("from", row, from, objects)?;
        if from as usize + 1 < starts.len() {
            return Err(table.corrupt(format!("row {row} is not in order of from")));
        }
        starts.resize(from as usize + 1, row as u32);
        Ok(())
    })?;
    starts.resize(objects + 1, table.rows() as u32);
    Ok(starts)
}

fn load_codes(table: &TableReader) -> Result<Vec<u8>, Error> {
    let mut codes = Vec::new();
    table.each_u32("kind", |row, kind| {
        let code = u8::try_from(kind).ok();
        let code = code.filter(|code| Label::payload(*code).is_some());
        let code = code.ok_or_else(|| table.corrupt(format!("row {row} has kind {kind}")))?;
        codes.push(code);
        Ok(())
    })?;
    Ok(codes)
}

fn load_roots(table: &TableReader, objects: usize, names: usize) -> Result<Vec<Root>, Error> {
    let held = table.ids("object", objects)?;
    let kinds = table.u32s("kind")?;
    let holders = table.ids("name_id", names)?;
    let rows = held.into_iter().zip(kinds).zip(holders);
    rows.map(|((object, kind), name)| {
        let code = u8::try_from(kind).ok();
        let kind = code
            .and_then(RootKind::from_code)
            .ok_or_else(|| table.corrupt(format!("a root has kind {kind}")))?;
        Ok(Root {
            object: ObjectId(object),
            kind,
            name: NameId(name),
        })
    })
    .collect()
}

fn load_lengths(table: &TableReader, objects: usize) -> Result<Vec<(u32, Length)>, Error> {
    let containers = table.ids("object", objects)?;
    let mut seconds = Vec::new();
    table.each::<DoubleType>("seconds", |_, value| {
        seconds.push(*value);
        Ok(())
    })?;
    let counts = table.u64s("length")?;
    let points = seconds.into_iter().zip(counts);
    let lengths: Vec<(u32, Length)> = containers
        .into_iter()
        .zip(points.map(|(seconds, length)| Length { seconds, length }))
        .collect();
    let ordered = lengths.is_sorted_by(|(object, earlier), (next, later)| {
        object < next || (object == next && earlier.seconds <= later.seconds)
    });
    match ordered && lengths.iter().all(|(_, point)| point.seconds.is_finite()) {
        true => Ok(lengths),
        false => Err(table.corrupt("its rows are not in order of object and time")),
    }
}
