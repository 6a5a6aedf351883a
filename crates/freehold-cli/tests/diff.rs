//! `freehold diff`, end to end.

mod common;

use common::{Place, meta};
use freehold_snapshot::{Builder, Meta};

#[test]
fn a_snapshot_and_itself_have_nothing_that_grew() {
    let place = Place::new();
    let missing = place.path("missing.fhs");
    let outcome = place.run(&["diff", "app.fhs", "app.fhs", "app.fhs"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""));
    assert!(outcome.out.contains("Nothing grew"), "{}", outcome.out);

    let outcome = place.run(&["diff", "--json", "app.fhs", "app.fhs"]);
    let answer: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(answer["format"], "freehold-diff");
    assert_eq!(answer["snapshots"].as_array().unwrap().len(), 2);
    assert_eq!(
        (answer["types"].as_array(), answer["holders"].as_array()),
        (Some(&vec![]), Some(&vec![]))
    );

    assert_eq!(place.run(&["diff", "app.fhs"]).code, Some(2));
    let outcome = place.run(&["diff", "app.fhs", missing.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("there is no snapshot at "), "{}", outcome.err);
}

#[test]
fn the_oldest_comes_first() {
    let place = Place::new();
    let early = Meta {
        time: meta().time - 60.0,
        ..meta()
    };
    let early = Builder::new(early).finish().unwrap();
    early.save(&place.path("early.fhs")).unwrap();
    let outcome = place.run(&["diff", "early.fhs", "app.fhs"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""));
    for part in ["to 5.72 KiB in 105 objects, 1 min 0 s later", "shop.Order", "  app"] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
    let outcome = place.run(&["diff", "app.fhs", "early.fhs"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""));
    let sentence = "app.fhs was taken after early.fhs\nhint: give the oldest snapshot first";
    assert!(outcome.err.contains(sentence), "{}", outcome.err);
}
