//! The builder accepts what the rules allow and names what they do not.

use std::collections::BTreeMap;

use super::*;
use crate::{Host, ObjectFlags};

fn meta() -> Meta {
    Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid: 7,
        program: "app.py".into(),
        time: 0.0,
        uptime: 1.0,
        notes: BTreeMap::new(),
    }
}

fn with_objects(count: u32) -> Builder {
    let mut builder = Builder::new(meta());
    let type_id = builder.type_id("dict", TypeFlags::BUILTIN);
    for address in 0..u64::from(count) {
        let object = Object {
            address,
            type_id,
            size: 10,
            count: 1,
            flags: ObjectFlags::NONE,
        };
        builder.object(object).unwrap();
    }
    builder
}

#[test]
fn rows_are_filled_in_order_with_gaps() {
    let mut builder = with_objects(4);
    let name = builder.name("x");
    let edges = [(0, 3, Label::Item(name)), (0, 1, Label::Key), (2, 0, Label::Other)];
    for (from, to, label) in edges {
        builder.reference(ObjectId(from), ObjectId(to), label).unwrap();
    }
    let snapshot = builder.finish().unwrap();
    let rows: Vec<usize> = (0..4).map(|id| snapshot.references(ObjectId(id)).len()).collect();
    assert_eq!(rows, [2, 0, 1, 0]);
    let first = snapshot.references(ObjectId(0)).next().unwrap();
    assert_eq!((first.to, first.label), (ObjectId(3), Label::Item(name)));
    assert_eq!(snapshot.references(ObjectId(9)).len(), 0);
    assert_eq!(snapshot.total_size(), 40);
}

#[test]
fn references_out_of_order_are_refused() {
    let mut builder = with_objects(3);
    builder.reference(ObjectId(1), ObjectId(0), Label::Other).unwrap();
    let error = builder.reference(ObjectId(0), ObjectId(1), Label::Other).unwrap_err();
    assert!(error.is_capture());
    assert!(error.to_string().contains("object 0 came after one of object 1"));
}

#[test]
fn a_reference_may_lead_forward_and_must_arrive() {
    let mut builder = with_objects(1);
    builder.reference(ObjectId(0), ObjectId(5), Label::Other).unwrap();
    let error = builder.finish().unwrap_err();
    assert!(error.to_string().contains("leads to object 5"));
}

#[test]
fn strangers_are_refused() {
    let mut builder = with_objects(1);
    let name = builder.name("known");
    assert!(builder.root(ObjectId(1), RootKind::Module, name).is_err());
    assert!(builder.root(ObjectId(0), RootKind::Module, NameId(1)).is_err());
    let label = Label::Item(NameId(4));
    assert!(builder.reference(ObjectId(0), ObjectId(0), label).is_err());
    assert!(builder.length(ObjectId(0), f64::NAN, 1).is_err());
}

#[test]
fn types_are_interned_and_collect_flags() {
    let mut builder = with_objects(0);
    let first = builder.type_id("app.Order", TypeFlags::NONE);
    let again = builder.type_id("app.Order", TypeFlags::CONTAINER);
    assert_eq!(first, again);
    let snapshot = builder.finish().unwrap();
    assert_eq!(snapshot.type_name(first), "app.Order");
    assert_eq!(snapshot.type_flags(first), TypeFlags::CONTAINER);
}

#[test]
fn lengths_are_grouped_by_object_and_ordered_by_time() {
    let mut builder = with_objects(2);
    for (object, at, length) in [(1, 0.1, 5), (0, 0.1, 1), (1, 0.2, 6), (0, 0.2, 1)] {
        builder.length(ObjectId(object), at, length).unwrap();
    }
    let snapshot = builder.finish().unwrap();
    let of_one: Vec<u64> = snapshot.lengths(ObjectId(1)).map(|p| p.length).collect();
    assert_eq!(of_one, [5, 6]);

    let mut builder = with_objects(1);
    builder.length(ObjectId(0), 0.2, 1).unwrap();
    builder.length(ObjectId(0), 0.1, 1).unwrap();
    assert!(builder.finish().is_err());
}
