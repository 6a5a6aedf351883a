//! Why objects are alive: golden answers, and what holds for every graph.
//!
//! To accept a change of a golden file, look at it, then run the tests with `FREEHOLD_BLESS=1` and commit the file.

#[path = "common/arbitrary.rs"]
mod arbitrary;
mod common;
#[path = "common/golden.rs"]
mod golden;
#[path = "common/graph.rs"]
mod graph;
#[path = "common/service.rs"]
mod service;

use std::collections::HashSet;

use freehold_snapshot::report::{Json, Text};
use freehold_snapshot::{Analysis, Label, ObjectId, Path, RootKind, Snapshot};
use golden::{check, without_colour};
use proptest::prelude::*;

fn instances(snapshot: &Snapshot, name: &str) -> Vec<ObjectId> {
    let types = snapshot.types_named(name);
    let objects = snapshot.objects().filter(|(_, it)| types.contains(&it.type_id));
    objects.map(|(id, _)| id).collect()
}

#[test]
fn sessions_of_the_service_at_every_width() {
    let snapshot = service::service();
    let analysis = snapshot.analyse();
    let why = analysis.why(&instances(&snapshot, "service.Session"));
    for width in [60, 80, 120] {
        let plain = Text {
            width,
            ..Text::default()
        };
        let text = plain.why(&analysis, &why);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{line}");
            assert_eq!(line.trim_end(), line);
        }
        check(&format!("why-{width}.txt"), &text);
        let coloured = Text { colour: true, ..plain }.why(&analysis, &why);
        assert_eq!(without_colour(&coloured), text);
        check(&format!("why-{width}.ansi"), &coloured);
    }
    check("why.json", &Json { pretty: true }.why(&analysis, &why));
}

#[test]
fn many_alike_are_one_group() {
    let snapshot = service::service();
    let analysis = snapshot.analyse();
    let orders = analysis.why(&instances(&snapshot, "Order"));
    assert_eq!((orders.groups.len(), orders.groups[0].objects), (1, 12_000));
    assert_eq!(orders.groups[0].place, "service.AUDIT['order-000000']");
}

#[test]
fn one_object_is_spoken_of_in_the_singular() {
    let snapshot = service::idle();
    let analysis = snapshot.analyse();
    let why = analysis.why(&instances(&snapshot, "service.PageCache"));
    check("why-one.txt", &Text::default().why(&analysis, &why));
}

#[test]
fn garbage_is_said_to_be_garbage() {
    let snapshot = service::service();
    let analysis = snapshot.analyse();
    let why = analysis.why(&instances(&snapshot, "service.Transfer"));
    assert_eq!((why.unreachable, why.groups.len()), (400, 0));
    let text = Text::default().why(&analysis, &why);
    assert!(text.contains("No root reaches 400 service.Transfer objects"), "{text}");
}

/// `app.HEAD` and 100,000 nodes after it, and `app.INDEX`, a list of some of them.
fn linked_list() -> Snapshot {
    let mut graph = graph::Graph::new(common::meta());
    let (_, table) = graph.module("app");
    let nodes: Vec<ObjectId> = (0..100_000).map(|_| graph.own("app.Node", 48)).collect();
    let index = graph.builtin("list", 56);
    graph.item(table, "HEAD", nodes[0]);
    graph.item(table, "INDEX", index);
    for pair in nodes.windows(2) {
        graph.attribute(pair[0], "next", pair[1]);
    }
    for (position, node) in nodes.iter().skip(50_000).step_by(1000).enumerate() {
        graph.hold(index, *node, Label::Index(position as u32));
    }
    graph.finish()
}

#[test]
fn a_long_list_has_few_ways() {
    let snapshot = linked_list();
    let analysis = snapshot.analyse();
    let why = analysis.why(&instances(&snapshot, "app.Node"));
    let places: Vec<&str> = why.groups.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(why.group_count, 4, "{places:?}");
    assert!(
        places.contains(&"app.HEAD") && places.contains(&"app.HEAD.next"),
        "{places:?}"
    );
    assert!(places.contains(&"app.INDEX[0]"), "{places:?}");
    assert_eq!(why.bytes, 48 * 100_000);
    assert_eq!(why.retained, 48 * 100_000);
}

#[test]
fn every_holder_of_an_object_is_named_but_not_what_it_holds_itself() {
    let mut graph = graph::Graph::new(common::meta());
    let (_, table) = graph.module("app");
    let (cache, held, child) = (
        graph.builtin("dict", 64),
        graph.own("app.Held", 10),
        graph.own("app.Child", 10),
    );
    graph.item(table, "CACHE", cache);
    graph.item(table, "CURRENT", held);
    graph.item(cache, "key", held);
    graph.attribute(held, "child", child);
    graph.attribute(child, "parent", held);
    graph.root(held, RootKind::Native, "");
    let snapshot = graph.finish();
    let why = snapshot.analyse().why(&[held, held, ObjectId(999)]);
    let mut places: Vec<&str> = why.groups.iter().map(|it| it.place.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["app.CACHE['key']", "app.CURRENT", "native code → app.Held"]);
    assert_eq!((why.bytes, why.retained), (10, 20));
}

#[test]
fn names_are_full_or_the_last_part() {
    let mut graph = graph::Graph::new(common::meta());
    for name in ["a.Order", "b.Order", "Order2", "crate::Order", "Line", "a.Line"] {
        graph.own(name, 1);
    }
    let snapshot = graph.finish();
    let count = |name| snapshot.types_named(name).len();
    assert_eq!(
        (count("Order"), count("a.Order"), count("rder"), count("")),
        (3, 1, 0, 0)
    );
    assert_eq!(count("Line"), 1);
}

/// Whether each step of the path is a reference of the snapshot.
fn exists(snapshot: &Snapshot, path: &Path) -> bool {
    let mut at = path.root.object;
    path.steps.iter().all(|step| {
        let found = snapshot.references(at).any(|reference| reference == *step);
        at = step.to;
        found
    }) && snapshot.roots().contains(&path.root)
}

/// What is left of the live objects without those in `without`.
fn reachable_without(snapshot: &Snapshot, without: &HashSet<ObjectId>) -> HashSet<ObjectId> {
    let roots = snapshot.roots().iter().map(|root| root.object);
    let mut pending: Vec<ObjectId> = roots.filter(|it| !without.contains(it)).collect();
    let mut seen: HashSet<ObjectId> = pending.iter().copied().collect();
    while let Some(at) = pending.pop() {
        for reference in snapshot.references(at) {
            if !without.contains(&reference.to) && seen.insert(reference.to) {
                pending.push(reference.to);
            }
        }
    }
    seen
}

fn holds_for(snapshot: &Snapshot, analysis: &Analysis<'_>, asked: &[ObjectId]) {
    let why = analysis.why(asked);
    let set: HashSet<ObjectId> = asked.iter().copied().collect();
    let live = set.iter().filter(|it| !analysis.is_garbage(**it)).count() as u64;
    assert_eq!(why.unreachable, set.len() as u64 - live);
    assert_eq!(why.groups.is_empty(), live == 0);
    if why.group_count == why.groups.len() {
        assert!(why.groups.iter().map(|it| it.objects).sum::<u64>() >= live);
    }
    for group in &why.groups {
        assert!(set.contains(&group.path.end()) && exists(snapshot, &group.path));
        assert!(group.objects <= group.ways && group.objects <= live);
    }
    // Freeing everything asked about frees what the rest does not reach: `retained` never says more.
    if why.unreachable == 0 {
        let kept = reachable_without(snapshot, &set);
        let all = reachable_without(snapshot, &HashSet::new());
        let freed = all.difference(&kept).filter_map(|it| snapshot.object(*it));
        assert!(why.retained <= freed.map(|it| it.size).sum::<u64>());
    }
    for width in [0, 60] {
        let text = Text {
            width,
            ..Text::default()
        };
        assert!(text.why(analysis, &why).ends_with('\n'));
    }
}

proptest! {
    #[test]
    fn ways_are_real_and_complete(shape in arbitrary::shapes(40), picked in prop::collection::vec(0_u32..40, 0..6)) {
        let snapshot = shape.snapshot();
        let analysis = snapshot.analyse();
        let count = snapshot.object_count() as u32;
        let asked: Vec<ObjectId> = picked.into_iter().map(|it| ObjectId(it % count)).collect();
        holds_for(&snapshot, &analysis, &asked);
        holds_for(&snapshot, &analysis, &instances(&snapshot, "app.Order"));
    }
}
