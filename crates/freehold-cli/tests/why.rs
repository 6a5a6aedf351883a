//! `freehold why`, end to end.

mod common;

use common::Place;

#[test]
fn a_type_by_its_full_name() {
    let outcome = Place::new().run(&["why", "app.fhs", "shop.Order"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""));
    for part in [
        "Why 100 shop.Order objects are alive: held in 2 ways",
        "  1. app.ORDERS[0]\n     100 objects, 4.69 KiB, by 100 references\n",
        "  2. app.LAST\n     1 object, 48 B, by 1 reference\n",
    ] {
        assert!(outcome.out.contains(part), "{}", outcome.out);
    }
    assert!(!outcome.out.contains('\u{1b}'));
}

#[test]
fn an_object_by_its_number_as_json() {
    let outcome = Place::new().run(&["why", "--json", "app.fhs", "2"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let answer: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(answer["format"], "freehold-why");
    assert_eq!(answer["type"], "shop.Order");
    assert_eq!(answer["ids"], serde_json::json!([2]));
    let places: Vec<&str> = answer["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["place"].as_str())
        .collect();
    assert_eq!(places, ["app.LAST", "app.ORDERS[0]"]);
    assert_eq!(answer["groups"][0]["path"]["steps"][0]["name"], "LAST");
}

#[test]
fn garbage_has_no_way() {
    let outcome = Place::new().run(&["why", "app.fhs", "stock.Order"]);
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.out.contains("No root reaches object 102 (stock.Order)"),
        "{}",
        outcome.out
    );
}

#[test]
fn wrong_usage_gets_a_sentence_and_a_hint() {
    let place = Place::new();
    for (subject, sentence) in [
        ("105", "the snapshot has no object 105: it has 105, numbered from 0"),
        (
            "99999999999999999999",
            "the snapshot has no object 99999999999999999999",
        ),
        ("Nothing", "the snapshot has no objects of a type Nothing"),
        ("", "the snapshot has no objects of a type"),
        ("Order", "Order is the name of several types: shop.Order, stock.Order"),
    ] {
        let outcome = place.run(&["why", "app.fhs", subject]);
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""), "{subject}");
        assert!(outcome.err.contains(sentence), "{}", outcome.err);
        assert!(outcome.err.contains("\nhint: "), "{}", outcome.err);
    }
    let missing = place.path("missing.fhs");
    let outcome = place.run(&["why", missing.to_str().unwrap(), "2"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("there is no snapshot at "), "{}", outcome.err);
}

#[test]
fn completions_know_it() {
    let outcome = Place::new().run(&["completions", "bash"]);
    assert!(outcome.out.contains("why"));
}
