//! Golden reports: what a reader sees, character for character.
//!
//! The files are in `tests/golden`. To accept a change, look at it, then run the tests with
//! `FREEHOLD_BLESS=1` and commit the files.

#[path = "common/graph.rs"]
mod graph;
#[path = "common/service.rs"]
mod service;

use std::path::PathBuf;

use freehold_snapshot::report::{Json, Text};

fn check(name: &str, report: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("FREEHOLD_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, report).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == report,
        "{} differs; the report is now:\n{report}\nIf that is right, run again with FREEHOLD_BLESS=1",
        path.display()
    );
}

/// The text with ANSI codes taken out.
fn without_colour(report: &str) -> String {
    let mut parts = report.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap();
        assert!(code.starts_with('['), "{code:?}");
        text.push_str(rest);
    }
    text
}

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
