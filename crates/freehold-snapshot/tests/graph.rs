//! The graph algorithms against naive oracles, on arbitrary graphs.
//!
//! What an object retains is, by definition, what becomes unreachable without it; so the oracle deletes each
//! object in turn and searches again.

#[path = "common/arbitrary.rs"]
mod arbitrary;
#[path = "common/mod.rs"]
mod common;

use std::collections::BTreeSet;

use common::Shape;
use freehold_snapshot::{Analysis, Label, ObjectId, Snapshot};
use proptest::prelude::*;

/// What `roots` reach without passing through `deleted`.
fn reachable(shape: &Shape, roots: &[u32], deleted: Option<u32>) -> BTreeSet<u32> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<u32> = roots.to_vec();
    while let Some(object) = pending.pop() {
        if Some(object) != deleted && reached.insert(object) {
            let edges = shape.edges.iter().filter(|(from, _)| *from == object);
            pending.extend(edges.map(|(_, to)| *to));
        }
    }
    reached
}

fn size(shape: &Shape, objects: &BTreeSet<u32>) -> u64 {
    objects.iter().map(|it| shape.sizes[*it as usize]).sum()
}

fn check_live(shape: &Shape, analysis: &Analysis<'_>) -> Result<(), TestCaseError> {
    let live = reachable(shape, &shape.roots, None);
    for object in 0..shape.sizes.len() as u32 {
        let id = ObjectId(object);
        prop_assert_eq!(analysis.is_garbage(id), !live.contains(&object));
        if !live.contains(&object) {
            continue;
        }
        let without = reachable(shape, &shape.roots, Some(object));
        let freed: BTreeSet<u32> = live.difference(&without).copied().collect();
        prop_assert_eq!(analysis.retained(id), size(shape, &freed));
        prop_assert_eq!(analysis.retained_objects(id), freed.len() as u64);
        for other in &freed {
            let above = std::iter::successors(Some(ObjectId(*other)), |it| analysis.dominator(*it));
            prop_assert!(above.into_iter().any(|it| it == id), "{} over {}", object, other);
        }
    }
    Ok(())
}

/// Every garbage object hangs below garbage, and all of it together is all there is.
fn check_garbage(shape: &Shape, analysis: &Analysis<'_>) -> Result<(), TestCaseError> {
    let live = reachable(shape, &shape.roots, None);
    let mut tops = 0;
    for object in 0..shape.sizes.len() as u32 {
        let id = ObjectId(object);
        if live.contains(&object) {
            continue;
        }
        prop_assert_eq!(analysis.path(id), None);
        match analysis.dominator(id) {
            Some(above) => prop_assert!(!live.contains(&above.0)),
            None => tops += analysis.retained(id),
        }
    }
    let (objects, bytes) = analysis.garbage();
    prop_assert_eq!(tops, bytes);
    prop_assert_eq!(bytes + size(shape, &live), analysis.total_size());
    prop_assert_eq!(objects as usize + live.len(), shape.sizes.len());
    Ok(())
}

/// A path starts at a root, follows references with their labels, and arrives.
fn check_path(snapshot: &Snapshot, analysis: &Analysis<'_>, id: ObjectId) -> Result<(), TestCaseError> {
    let Some(path) = analysis.path(id) else {
        prop_assert!(analysis.is_garbage(id));
        return Ok(());
    };
    prop_assert!(snapshot.roots().contains(&path.root));
    prop_assert_eq!(path.end(), id);
    let mut at = path.root.object;
    for step in &path.steps {
        prop_assert!(snapshot.references(at).any(|it| it == *step));
        at = step.to;
    }
    prop_assert!(!path.render(snapshot).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn retained_is_what_deletion_frees(shape in arbitrary::shapes(24)) {
        let snapshot = shape.snapshot();
        let analysis = snapshot.analyse();
        check_live(&shape, &analysis)?;
        check_garbage(&shape, &analysis)?;
        for object in 0..shape.sizes.len() as u32 {
            check_path(&snapshot, &analysis, ObjectId(object))?;
        }
    }

    #[test]
    fn reports_of_anything_fit_their_width(shape in arbitrary::shapes(24), width in 40_usize..130) {
        use freehold_snapshot::report::{Json, Text};
        let snapshot = shape.snapshot();
        let analysis = snapshot.analyse();
        let text = Text { width, ..Text::default() }.render(&analysis);
        for line in text.lines() {
            prop_assert!(line.chars().count() <= width, "{}", line);
            prop_assert_eq!(line.trim_end(), line);
        }
        let json = Json::default().render(&analysis);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}

/// A chain as long as a heap may hold must not overflow the stack, nor take quadratic time.
#[test]
fn a_chain_of_a_million_is_analysed() {
    let count = 1_000_000;
    let shape = Shape {
        sizes: vec![1; count as usize],
        edges: (1..count).map(|to| (to - 1, to)).collect(),
        roots: vec![0],
    };
    let snapshot = shape.snapshot();
    let analysis = snapshot.analyse();
    assert_eq!(analysis.retained(ObjectId(0)), u64::from(count));
    assert_eq!(analysis.retained(ObjectId(count - 1)), 1);
    let path = analysis.path(ObjectId(count - 1)).unwrap();
    assert_eq!(path.steps.len(), count as usize - 1);
    assert!(path.render(&snapshot).len() < 2000);
}

/// The same as garbage: a ring that nothing holds.
#[test]
fn a_ring_of_a_million_is_one_cycle() {
    let count = 1_000_000;
    let shape = Shape {
        sizes: vec![2; count as usize],
        edges: (0..count).map(|from| (from, (from + 1) % count)).collect(),
        roots: Vec::new(),
    };
    let snapshot = shape.snapshot();
    let analysis = snapshot.analyse();
    assert_eq!(analysis.garbage(), (u64::from(count), 2 * u64::from(count)));
    let [suspect] = analysis.suspects() else {
        panic!("{:?}", analysis.suspects())
    };
    assert_eq!((suspect.cycles, suspect.retained), (1, 2 * u64::from(count)));
}

#[test]
fn readable_steps_are_preferred_to_few() {
    let shape = Shape {
        sizes: vec![1; 4],
        // By label order: 0 → 1 attribute, 0 → 2 namespace, 1 → 3 item, 2 → 3 key.
        edges: vec![(0, 1), (0, 2), (1, 3), (2, 3)],
        roots: vec![0],
    };
    let snapshot = shape.snapshot();
    let path = snapshot.analyse().path(ObjectId(3)).unwrap();
    assert!(matches!(path.steps[1].label, Label::Item(_)));
    assert_eq!(path.render(&snapshot), "naïve key.naïve key['naïve key']");
}
