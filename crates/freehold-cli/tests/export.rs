//! `freehold export`, end to end.

mod common;

use std::fs;

use common::Place;

const FORMATS: [&str; 5] = ["heapsnapshot", "dot", "json", "csv", "census-csv"];

#[test]
fn a_file_holds_what_standard_output_gets() {
    let place = Place::new();
    for format in FORMATS {
        let printed = place.run(&["export", "app.fhs", "--format", format]);
        assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{format}");
        assert!(!printed.out.is_empty());
        fs::write(place.path("out"), "what was there before").unwrap();
        let quiet = place.run(&["export", "app.fhs", "--format", format, "-o", "out"]);
        assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (Some(0), "", ""));
        assert_eq!(fs::read_to_string(place.path("out")).unwrap(), printed.out);
    }
    let names = fs::read_dir(place.path("")).unwrap().map(|it| it.unwrap().file_name());
    assert_eq!(names.count(), 2, "nothing temporary is left");
}

#[test]
fn the_heapsnapshot_is_one_that_devtools_would_take() {
    let outcome = Place::new().run(&["export", "app.fhs", "--format", "heapsnapshot"]);
    let document: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let nodes = document["nodes"].as_array().unwrap().len() as u64;
    assert_eq!(nodes, 7 * document["snapshot"]["node_count"].as_u64().unwrap());
    let strings = document["strings"].as_array().unwrap();
    for name in ["(GC roots)", "shop.Order", "ORDERS"] {
        assert!(strings.iter().any(|it| it == name), "{name}");
    }
}

#[test]
fn wrong_usage_gets_a_sentence_and_a_hint() {
    let place = Place::new();
    let outcome = place.run(&["export", "app.fhs", "--format", "csv", "-o", "app.fhs"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""));
    assert!(
        outcome.err.contains("app.fhs is a directory\nhint: give -o a file"),
        "{}",
        outcome.err
    );

    let outcome = place.run(&["export", "app.fhs", "--format", "csv", "-o", "no/such/file"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("no/such/file could not be written"),
        "{}",
        outcome.err
    );

    assert_eq!(place.run(&["export", "app.fhs"]).code, Some(2));
    assert_eq!(place.run(&["export", "app.fhs", "--format", "xml"]).code, Some(2));
}

#[test]
fn what_is_no_file_is_written_to_directly() {
    let outcome = Place::new().run(&["export", "app.fhs", "--format", "census-csv", "-o", "/dev/null"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let outcome = Place::new().run(&["export", "app.fhs", "--format", "json", "-o", "/dev/full"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("/dev/full could not be written"),
        "{}",
        outcome.err
    );
}
