//! What grew between snapshots: golden texts, and the rules of who counts.
//!
//! To accept a change of a golden file, look at it, then run the tests with `FREEHOLD_BLESS=1` and commit the file.

#[path = "common/golden.rs"]
mod golden;

use freehold_snapshot::report::{Json, Text};
use freehold_snapshot::{Builder, Host, Label, Meta, Object, ObjectFlags, RootKind, Snapshot, TypeFlags};
use golden::{check, without_colour};

/// `app.ROWS`, a list of so many rows with a text each, and `app.CACHE`, of twenty entries whatever the time.
fn at(pid: u32, time: f64, rows: u32) -> Snapshot {
    let mut builder = Builder::new(Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid,
        program: "app.py".into(),
        time,
        uptime: 1.0,
        notes: Default::default(),
    });
    let add = |builder: &mut Builder, type_name: &str, address, size| {
        let type_id = builder.type_id(type_name, TypeFlags::NONE);
        let (count, flags) = (1, ObjectFlags::NONE);
        let object = Object {
            address,
            type_id,
            size,
            count,
            flags,
        };
        builder.object(object).unwrap()
    };
    let module = add(&mut builder, "module", 1, 72);
    let list = add(&mut builder, "list", 2, 8 * u64::from(rows));
    let cache = add(&mut builder, "list", 3, 160);
    let entries: Vec<_> = (0..20).map(|it| add(&mut builder, "app.Entry", 10 + it, 100)).collect();
    let pairs: Vec<_> = (0..u64::from(rows))
        .map(|it| {
            (
                add(&mut builder, "app.Row", 1000 + 2 * it, 50),
                add(&mut builder, "str", 1001 + 2 * it, 450),
            )
        })
        .collect();
    let [app, name, other, text] = ["app", "ROWS", "CACHE", "text"].map(|it| builder.name(it));
    builder.root(module, RootKind::Module, app).unwrap();
    builder.reference(module, list, Label::Attribute(name)).unwrap();
    builder.reference(module, cache, Label::Attribute(other)).unwrap();
    for (index, (row, _)) in pairs.iter().enumerate() {
        builder.reference(list, *row, Label::Index(index as u32)).unwrap();
    }
    for (index, entry) in entries.iter().enumerate() {
        builder.reference(cache, *entry, Label::Index(index as u32)).unwrap();
    }
    for (row, value) in pairs {
        builder.reference(row, value, Label::Attribute(text)).unwrap();
    }
    builder.finish().unwrap()
}

#[test]
fn rows_that_grew_at_every_width() {
    let older = [at(7, 100.0, 10), at(7, 160.0, 200)];
    let newest = at(7, 300.0, 1010);
    let analysis = newest.analyse();
    let diff = analysis.diff(&older);
    for width in [60, 80, 120] {
        let plain = Text {
            width,
            ..Text::default()
        };
        let text = plain.diff(&older, &analysis, &diff);
        assert!(
            text.lines()
                .all(|line| line.chars().count() <= width && line.trim_end() == line),
            "{text}"
        );
        let coloured = Text { colour: true, ..plain }.diff(&older, &analysis, &diff);
        assert_eq!(without_colour(&coloured), text);
        check(&format!("diff-{width}.txt"), &text);
        check(&format!("diff-{width}.ansi"), &coloured);
    }
    check("diff.json", &Json { pretty: true }.diff(&older, &analysis, &diff));
}

#[test]
fn only_what_is_new_counts_and_only_once() {
    let older = [at(7, 100.0, 10)];
    let newest = at(7, 300.0, 1010);
    let diff = newest.analyse().diff(&older);
    let names: Vec<&str> = diff.types.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["str", "app.Row", "list"]);
    assert_eq!(diff.types[1].growth(), (1000, 50_000));
    let holders = diff.holders.unwrap();
    assert_eq!(holders.len(), 1);
    assert_eq!((holders[0].objects, holders[0].bytes), (1000, 500_000));
    assert_eq!(holders[0].place, "app.ROWS[10]");
}

#[test]
fn what_shrank_did_not_grow() {
    let newest = at(7, 300.0, 10);
    let analysis = newest.analyse();
    let older = [at(7, 100.0, 1010)];
    let diff = analysis.diff(&older);
    assert_eq!((diff.types.len(), diff.holders.as_ref().map(Vec::len)), (0, Some(0)));
    assert!(Text::default().diff(&older, &analysis, &diff).contains("Nothing grew"));
}

#[test]
fn objects_of_other_processes_are_not_compared() {
    let newest = at(8, 300.0, 20);
    let analysis = newest.analyse();
    let older = [at(7, 100.0, 10)];
    let diff = analysis.diff(&older);
    assert_eq!(diff.holders, None);
    assert!(
        Text::default()
            .diff(&older, &analysis, &diff)
            .contains("several processes")
    );
    assert_eq!(diff.types.len(), 3);
}
