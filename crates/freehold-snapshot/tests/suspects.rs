//! What is accused and what is not: small heaps, each with one thing to find or to leave alone.

#[path = "common/graph.rs"]
mod graph;

use std::collections::BTreeMap;

use freehold_snapshot::{
    Confidence, Host, Label, Meta, ObjectFlags, ObjectId, RootKind, Snapshot, Suspect, SuspectKind, TypeFlags,
};
use graph::Graph;

const GROWS: [u64; 5] = [40, 90, 160, 310, 640];
const PLATEAU: [u64; 5] = [400, 1000, 1000, 1000, 1000];

fn python(notes: &[(&str, &str)]) -> Graph {
    let notes = notes
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Graph::new(Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid: 1,
        program: "app.py".into(),
        time: 0.0,
        uptime: 5.0,
        notes: notes.collect::<BTreeMap<_, _>>(),
    })
}

fn container(graph: &mut Graph, kind: &str, flags: ObjectFlags) -> ObjectId {
    graph.object(kind, TypeFlags::BUILTIN | TypeFlags::CONTAINER, 8_000, flags)
}

/// `module.name`, a dict.
fn dict(graph: &mut Graph, table: ObjectId, name: &str) -> ObjectId {
    let dict = container(graph, "dict", ObjectFlags::NONE);
    graph.item(table, name, dict);
    dict
}

/// `count` new objects of a type in a dict.
fn fill(graph: &mut Graph, dict: ObjectId, type_name: &str, count: usize) -> Vec<ObjectId> {
    let add = |index| {
        let object = graph.own(type_name, 500);
        graph.item(dict, &format!("key-{index}"), object);
        object
    };
    (0..count).map(add).collect()
}

fn suspects(snapshot: &Snapshot) -> Vec<Suspect> {
    snapshot.analyse().suspects().to_vec()
}

/// The only suspect.
fn one(graph: Graph) -> Suspect {
    let mut found = suspects(&graph.finish());
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

fn none(graph: Graph) {
    let found = suspects(&graph.finish());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_growing_dict_is_a_leak() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let audit = dict(&mut graph, table, "AUDIT");
    fill(&mut graph, audit, "app.Order", 1000);
    graph.lengths(audit, GROWS);
    let suspect = one(graph);
    assert_eq!(suspect.kind, SuspectKind::Accumulation);
    assert_eq!(suspect.place, "app.AUDIT");
    assert_eq!((suspect.count, suspect.retained), (1000, 508_000));
    assert_eq!(suspect.confidence, Confidence::High);
    assert_eq!(suspect.growth.unwrap().to.length, 1000);
    assert!(
        suspect.sentence.contains("1,000 app.Order objects"),
        "{}",
        suspect.sentence
    );
}

#[test]
fn a_warm_cache_a_bounded_one_and_a_small_one_are_not() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let warm = dict(&mut graph, table, "WARM");
    fill(&mut graph, warm, "app.Page", 1000);
    graph.lengths(warm, PLATEAU);
    let bounded = container(&mut graph, "collections.deque", ObjectFlags::BOUNDED);
    graph.item(table, "RECENT", bounded);
    for index in 0..4000 {
        let event = graph.own("app.Event", 500);
        graph.hold(bounded, event, Label::Index(index));
    }
    let small = dict(&mut graph, table, "SMALL");
    fill(&mut graph, small, "app.Flag", 20);
    graph.lengths(small, GROWS);
    none(graph);
}

#[test]
fn a_large_table_is_a_guess_without_history() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let large = dict(&mut graph, table, "TABLE");
    fill(&mut graph, large, "app.Row", 5000);
    let suspect = one(graph);
    assert_eq!(suspect.confidence, Confidence::Low);
    assert!(suspect.sentence.contains("not known"), "{}", suspect.sentence);
}

#[test]
fn modules_and_classes_are_not_accumulations() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    for index in 0..3000 {
        let function = graph.builtin("function", 600);
        graph.item(table, &format!("f{index}"), function);
    }
    graph.lengths(table, GROWS);
    let class = graph.builtin("type", 1000);
    graph.item(table, "Class", class);
    let attributes = graph.namespace(class, 1000);
    for index in 0..3000 {
        let method = graph.builtin("function", 600);
        graph.item(attributes, &format!("m{index}"), method);
    }
    none(graph);
}

#[test]
fn objects_in_two_indexes_are_found_and_freed_together() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let by_id = dict(&mut graph, table, "BY_ID");
    let orders = fill(&mut graph, by_id, "app.Order", 1000);
    let by_day = dict(&mut graph, table, "BY_DAY");
    for order in orders {
        graph.hold(by_day, order, Label::Value);
    }
    graph.lengths(by_id, GROWS);
    graph.lengths(by_day, GROWS);
    let suspect = one(graph);
    assert_eq!((suspect.count, suspect.retained), (1000, 516_000));
    assert_eq!(suspect.also.len(), 1);
    assert!(
        suspect.sentence.contains("app.BY_ID (dict) and app.BY_DAY hold"),
        "{}",
        suspect.sentence
    );
}

#[test]
fn a_growing_index_of_what_another_keeps_is_not_blamed_for_it() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let users = dict(&mut graph, table, "USERS");
    let objects = fill(&mut graph, users, "app.User", 1000);
    let log = dict(&mut graph, table, "LOG");
    for user in objects {
        graph.hold(log, user, Label::Value);
    }
    graph.lengths(users, PLATEAU);
    graph.lengths(log, GROWS);
    none(graph);
}

#[test]
fn growing_lists_in_a_dict_that_does_not_grow_are_found() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let tenants = dict(&mut graph, table, "TENANTS");
    for tenant in 0..20 {
        let events = container(&mut graph, "list", ObjectFlags::NONE);
        graph.item(tenants, &format!("tenant-{tenant}"), events);
        for index in 0..1000 {
            let event = graph.own("app.Event", 100);
            graph.hold(events, event, Label::Index(index));
        }
        graph.lengths(events, GROWS);
    }
    graph.lengths(tenants, [20, 20, 20, 20, 20]);
    let suspect = one(graph);
    assert_eq!((suspect.place.as_str(), suspect.count), ("app.TENANTS", 20_000));
    assert!(
        suspect.sentence.contains("in 20 containers that keep growing"),
        "{}",
        suspect.sentence
    );
}

#[test]
fn an_object_answers_for_the_tables_it_shares_entries_between() {
    for (lengths, leaks) in [(GROWS, true), (PLATEAU, false)] {
        let mut graph = python(&[]);
        let (_, table) = graph.module("app");
        let cache = graph.own("app.Cache", 48);
        graph.item(table, "CACHE", cache);
        let attributes = graph.namespace(cache, 100);
        let entries = dict(&mut graph, attributes, "entries");
        let order = container(&mut graph, "list", ObjectFlags::NONE);
        graph.item(attributes, "order", order);
        let pages = fill(&mut graph, entries, "app.Page", 4000);
        for (index, page) in (0..).zip(pages) {
            graph.hold(order, page, Label::Index(index));
        }
        graph.lengths(entries, lengths.map(|it| it * 4));
        assert_eq!(suspects(&graph.finish()).len(), usize::from(leaks));
    }
}

#[test]
fn a_linked_list_is_seen_as_one() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let mut last = graph.own("app.Node", 1000);
    graph.item(table, "HEAD", last);
    for _ in 0..2999 {
        let next = graph.own("app.Node", 1000);
        graph.attribute(last, "next", next);
        last = next;
    }
    let snapshot = graph.finish();
    let found = suspects(&snapshot);
    let [suspect] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!((suspect.count, suspect.retained), (3000, 3_000_000));
    assert!(
        suspect.sentence.contains("first in a chain of 3,000 app.Node"),
        "{}",
        suspect.sentence
    );
    let analysis = snapshot.analyse();
    let top = &analysis.retainers()[0];
    assert_eq!((top.place.as_str(), top.retained), ("app.HEAD", 3_000_000));
}

/// `count` cycles of a node with its own closure.
fn cycles(graph: &mut Graph, count: usize, flags: ObjectFlags) {
    for _ in 0..count {
        let node = graph.object("app.Job", TypeFlags::NONE, 2_000, flags);
        let callback = graph.builtin("method", 64);
        graph.attribute(node, "callback", callback);
        graph.attribute(callback, "__self__", node);
    }
}

#[test]
fn garbage_is_counted_by_cycle_and_says_why_it_stays() {
    let cases = [
        (
            vec![("gc.enabled", "false")],
            ObjectFlags::NONE,
            "disabled (gc.disable())",
        ),
        (vec![("gc.enabled", "true")], ObjectFlags::FROZEN, "gc.freeze()"),
        (
            vec![("gc.enabled", "true"), ("gc.threshold", "0, 10, 10")],
            ObjectFlags::NONE,
            "gc.set_threshold(0)",
        ),
        (vec![], ObjectFlags::NONE, "frees them."),
    ];
    for (notes, flags, because) in cases {
        let mut graph = python(&notes);
        graph.module("app");
        cycles(&mut graph, 100, flags);
        let suspect = one(graph);
        assert_eq!(suspect.kind, SuspectKind::GarbageCycles);
        assert_eq!((suspect.cycles, suspect.count, suspect.retained), (100, 100, 206_400));
        assert_eq!(suspect.place, "Job.callback → method → Job");
        assert!(suspect.sentence.contains(because), "{}", suspect.sentence);
    }
}

#[test]
fn garbage_that_the_collector_will_come_to_is_no_leak() {
    let enabled = [("gc.enabled", "true"), ("gc.threshold", "700, 10, 10")];
    let mut graph = python(&enabled);
    graph.module("app");
    cycles(&mut graph, 400, ObjectFlags::NONE);
    none(graph);

    let mut graph = python(&enabled);
    graph.module("app");
    cycles(&mut graph, 1000, ObjectFlags::NONE);
    let suspect = one(graph);
    assert_eq!(suspect.confidence, Confidence::Low);
    assert!(
        suspect.sentence.contains("enabled and has not come"),
        "{}",
        suspect.sentence
    );
}

#[test]
fn a_registry_of_weak_references_is_no_leak_of_its_own() {
    for (flags, leaks) in [(ObjectFlags::WEAK, 0), (ObjectFlags::NONE, 1)] {
        let mut graph = python(&[]);
        let (_, table) = graph.module("app");
        let registry = container(&mut graph, "set", ObjectFlags::NONE);
        graph.item(table, "REGISTRY", registry);
        for _ in 0..2000 {
            let reference = graph.object("weakref.ReferenceType", TypeFlags::BUILTIN, 72, flags);
            graph.hold(registry, reference, Label::Element);
        }
        graph.lengths(registry, GROWS);
        assert_eq!(suspects(&graph.finish()).len(), leaks);
    }
}

#[test]
fn lists_by_key_are_one_leak_if_they_hold_the_same() {
    for (types, found) in [
        (["app.Conn"; 6], 1),
        (["bytearray"; 6], 1),
        (["a.A", "b.B", "c.C", "d.D", "e.E", "f.F"], 6),
    ] {
        let mut graph = python(&[]);
        let (_, table) = graph.module("app");
        let by_key = dict(&mut graph, table, "BY_KEY");
        for (index, name) in types.iter().enumerate() {
            let inner = dict(&mut graph, by_key, &format!("key-{index}"));
            for number in 0..1000 {
                let held = match *name {
                    "bytearray" => graph.builtin(name, 500),
                    _ => graph.own(name, 500),
                };
                graph.item(inner, &format!("key-{number}"), held);
            }
            graph.lengths(inner, GROWS);
        }
        let suspects = suspects(&graph.finish());
        assert_eq!(suspects.len(), found, "{suspects:#?}");
        if let [suspect] = suspects.as_slice() {
            assert_eq!((suspect.place.as_str(), suspect.count), ("app.BY_KEY", 6000));
            assert!(suspect.sentence.contains("in 6 containers"), "{}", suspect.sentence);
        }
    }
}

#[test]
fn a_table_without_a_name_is_told_as_its_owner() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let cache = graph.builtin("functools._lru_cache_wrapper", 200);
    graph.item(table, "parse", cache);
    let entries = container(&mut graph, "dict", ObjectFlags::NONE);
    graph.hold(cache, entries, Label::Other);
    fill(&mut graph, entries, "app.Tree", 1000);
    graph.lengths(entries, GROWS);
    let sentence = one(graph).sentence;
    assert!(
        sentence.starts_with("app.parse (functools._lru_cache_wrapper) holds 1,000 app.Tree objects"),
        "{sentence}"
    );
}

#[test]
fn a_little_garbage_is_noise() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let block = graph.builtin("bytes", 50_000_000);
    graph.item(table, "BLOB", block);
    cycles(&mut graph, 100, ObjectFlags::NONE);
    none(graph);
}

#[test]
fn what_garbage_points_at_is_still_retained_by_the_living() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let audit = dict(&mut graph, table, "AUDIT");
    let orders = fill(&mut graph, audit, "app.Order", 1000);
    graph.lengths(audit, GROWS);
    let job = graph.own("app.Job", 48);
    graph.attribute(job, "me", job);
    for order in orders {
        graph.hold(job, order, Label::Other);
    }
    assert_eq!(one(graph).retained, 508_000);
}

#[test]
fn what_is_known_comes_before_what_is_guessed() {
    let mut graph = python(&[]);
    let (_, table) = graph.module("app");
    let table_of_rows = dict(&mut graph, table, "TABLE");
    fill(&mut graph, table_of_rows, "app.Row", 8000);
    let audit = dict(&mut graph, table, "AUDIT");
    fill(&mut graph, audit, "app.Order", 1000);
    graph.lengths(audit, GROWS);
    cycles(&mut graph, 1000, ObjectFlags::NONE);
    let found = suspects(&graph.finish());
    let places: Vec<&str> = found.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(places, ["Job.callback → method → Job", "app.AUDIT", "app.TABLE"]);
}

#[test]
fn every_kind_of_root_reads_well() {
    let cases = [
        (RootKind::Module, "app", "app"),
        (RootKind::Thread, "Thread-1", "Thread Thread-1 → app.Registry"),
        (RootKind::Task, "poll", "Task poll → app.Registry"),
        (RootKind::Native, "", "Native code → app.Registry"),
        (
            RootKind::Handle,
            "",
            "A handle outside the heap (stack, static or untraced) → app.Registry",
        ),
        (RootKind::System, "", "The runtime → app.Registry"),
    ];
    for (kind, name, start) in cases {
        let mut graph = python(&[]);
        let registry = graph.own("app.Registry", 100);
        graph.root(registry, kind, name);
        let entries = dict(&mut graph, registry, "entries");
        fill(&mut graph, entries, "app.Order", 1000);
        graph.lengths(entries, GROWS);
        let suspect = one(graph);
        assert!(suspect.sentence.starts_with(start), "{}", suspect.sentence);
    }
    let mut graph = python(&[]);
    let frame = graph.builtin("frame", 400);
    graph.root(frame, RootKind::Frame, "main() line 3 of app.py");
    let batch = container(&mut graph, "list", ObjectFlags::NONE);
    let name = graph.name("batch");
    graph.hold(frame, batch, Label::Local(name));
    fill(&mut graph, batch, "app.Order", 1000);
    graph.lengths(batch, GROWS);
    let sentence = one(graph).sentence;
    assert!(
        sentence.starts_with("Local 'batch' of main() line 3 of app.py (list) holds"),
        "{sentence}"
    );
}
