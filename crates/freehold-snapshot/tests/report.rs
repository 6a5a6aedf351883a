//! Golden reports: what a reader sees, character for character.
//!
//! The files are in `tests/golden`. To accept a change, look at it, then run the tests with
//! `FREEHOLD_BLESS=1` and commit the files.

#[path = "common/golden.rs"]
mod golden;
#[path = "common/graph.rs"]
mod graph;
#[path = "common/service.rs"]
mod service;

use freehold_snapshot::report::{Json, Text};
use freehold_snapshot::{Host, Label, Meta, TypeFlags};
use golden::{check, without_colour};

#[test]
fn the_service_at_every_width() {
    let snapshot = service::service();
    let analysis = snapshot.analyse();
    for width in [60, 80, 120] {
        let plain = Text {
            width,
            ..Text::default()
        };
        let report = plain.render(&analysis);
        for line in report.lines() {
            assert!(line.chars().count() <= width, "{line}");
            assert_eq!(line.trim_end(), line);
        }
        check(&format!("service-{width}.txt"), &report);
        let coloured = Text { colour: true, ..plain };
        let coloured = coloured.render(&analysis);
        assert_eq!(without_colour(&coloured), report);
        check(&format!("service-{width}.ansi"), &coloured);
    }
}

#[test]
fn the_service_as_json() {
    let snapshot = service::service();
    let json = Json { pretty: true }.render(&snapshot.analyse());
    check("service.json", &json);
}

#[test]
fn a_process_without_leaks() {
    let snapshot = service::idle();
    let report = Text::default().render(&snapshot.analyse());
    check("idle-80.txt", &report);
}

/// A heap with one large list that nobody watched and, if `grows`, one that grew.
fn guess(grows: bool) -> String {
    let mut graph = graph::Graph::new(Meta {
        host: Host::Python,
        host_version: String::new(),
        pid: 1,
        program: "app.py".into(),
        time: 0.0,
        uptime: 5.0,
        notes: Default::default(),
    });
    let (_, table) = graph.module("app");
    for (name, watched) in [("ROWS", false), ("LOG", grows)] {
        let list = graph.object(
            "list",
            TypeFlags::BUILTIN | TypeFlags::CONTAINER,
            8_000,
            Default::default(),
        );
        graph.item(table, name, list);
        for index in 0..if watched || name == "ROWS" { 4000 } else { 0 } {
            let row = graph.own("app.Row", 500);
            graph.hold(list, row, Label::Index(index));
        }
        if watched {
            graph.lengths(list, [40, 90, 160, 310, 640]);
        }
    }
    Text::default().render(&graph.finish().analyse())
}

#[test]
fn guesses_stand_apart_from_what_is_known() {
    let both = guess(true);
    let known = both.find("Leak suspects\n\n  1. app.LOG (list) holds").unwrap();
    let guessed = both
        .find("Large, but not known to leak\n\n  2. app.ROWS (list) holds")
        .unwrap();
    assert!(known < guessed, "{both}");

    let alone = guess(false);
    assert!(
        alone.contains("No leak suspects: nothing large is known to keep growing.\n\nLarge, but"),
        "{alone}"
    );
    assert!(alone.contains("  1. app.ROWS (list) holds"), "{alone}");
}
