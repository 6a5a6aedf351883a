//! Models of `AtomicGc`: loads that race with the last drop, with the reuse of a slot, and with a collection.
//!
//! Checked in each: no payload is used after its drop or dropped twice, a load gets what the place held, and at the end everything
//! is gone. docs/collector.md lists the mutants that each kills.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::lockfree::AtomicGc;
use freehold::{Gc, Trace, Tracer, model};
use loom::sync::Arc;
use loom::thread;
use loom_run::model;
use loom_watched::Watched;

struct Node {
    watched: Watched,
    number: u32,
    link: AtomicGc<Node>,
    /// An edge that cannot change.
    fixed: Option<Gc<Node>>,
}

// SAFETY: each handle is shown once; the link shows its own.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
        self.fixed.trace(tracer);
    }
}

fn node(number: u32, fixed: Option<Gc<Node>>) -> Gc<Node> {
    Gc::new(Node {
        watched: Watched::new(),
        number,
        link: AtomicGc::new(None),
        fixed,
    })
}

#[test]
fn a_load_races_with_the_last_drop() {
    model(|| {
        let place = Arc::new(AtomicGc::new(node(1, None)));
        let loader = {
            let place = place.clone();
            thread::spawn(move || {
                if let Some(node) = place.load() {
                    node.watched.check();
                    assert_eq!(node.number, 1);
                }
            })
        };
        drop(place.take());
        loader.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_load_races_with_the_reuse_of_the_slot() {
    model(|| {
        let place = Arc::new(AtomicGc::new(node(1, None)));
        let loader = {
            let place = place.clone();
            thread::spawn(move || {
                if let Some(node) = place.load() {
                    node.watched.check();
                    assert_eq!(node.number, 1, "a load got an object that was never in the place");
                }
            })
        };
        drop(place.take());
        // In the same slot, unless the loader still has the first one.
        let stranger = node(2, None);
        stranger.watched.check();
        drop(stranger);
        loader.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_load_finds_the_next_object_of_the_slot_in_the_place() {
    model(|| {
        let place = Arc::new(AtomicGc::new(node(1, None)));
        let loader = {
            let place = place.clone();
            thread::spawn(move || {
                let node = place.load();
                node.inspect(|node| node.watched.check()).map(|node| node.number)
            })
        };
        drop(place.take());
        place.store(node(2, None));
        let number = loader.join().unwrap();
        assert!(matches!(number, None | Some(1 | 2)));
        drop(place);
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn two_exchanges_of_one_place_take_turns() {
    model(|| {
        let place = Arc::new(AtomicGc::new(node(0, None)));
        let other = {
            let place = place.clone();
            thread::spawn(move || place.swap(node(1, None)).unwrap().number)
        };
        let first = place.load();
        let mine = match place.compare_exchange(first.as_ref(), node(2, None)) {
            Ok(old) => old.unwrap().number,
            Err(error) => {
                assert_eq!((error.current.unwrap().number, error.new.unwrap().number), (1, 2));
                3
            }
        };
        drop(first);
        let theirs = other.join().unwrap();
        let left = place.take().unwrap().number;
        assert!(
            matches!((mine, theirs, left), (0, 2, 1) | (1, 0, 2) | (3, 0, 1)),
            "{mine} {theirs} {left}"
        );
        assert_eq!(model::in_use(), 0);
    });
}

/// y and x hold each other, x in y's place. A thread comes through y, has `work` get it x and let y go, and uses both; a collection
/// runs meanwhile.
fn a_cycle_is_entered(work: fn(Gc<Node>) -> Gc<Node>) {
    model(move || {
        let y = node(1, None);
        y.link.store(node(2, Some(y.clone())));
        let mutator = thread::spawn(move || {
            let x = work(y);
            x.watched.check();
            x.fixed.as_ref().unwrap().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn a_load_races_with_a_collection() {
    a_cycle_is_entered(|y| y.link.load().unwrap());
}

/// Without a count, behind the collector or before it.
#[test]
fn a_handle_is_taken_out_of_a_place_during_a_collection() {
    a_cycle_is_entered(|y| y.link.take().unwrap());
}

/// So that the place is as it was.
#[test]
fn a_handle_leaves_a_place_and_returns_during_a_collection() {
    a_cycle_is_entered(|y| {
        let x = y.link.take();
        let held = x.clone().unwrap();
        y.link.store(x);
        held
    });
}

/// What was in the place is a cycle of its own and garbage; it is collected while a load is on its way to it, and another
/// object takes the slot.
#[test]
fn a_load_comes_late_for_a_cycle() {
    model(|| {
        let place = Arc::new(AtomicGc::new(node(1, None)));
        let loader = {
            let place = place.clone();
            thread::spawn(move || {
                if let Some(node) = place.load() {
                    node.watched.check();
                    assert_eq!(node.number, 1);
                    // A member of a cycle that lived for the loader's sake is collected in the end.
                }
            })
        };
        let cycle = place.take().unwrap();
        cycle.link.store(cycle.clone());
        drop(cycle);
        model::collect();
        let stranger = node(2, None);
        loader.join().unwrap();
        stranger.watched.check();
        assert_eq!(Gc::strong_count(&stranger), 1);
        drop(stranger);
        model::expect_empty();
    });
}

/// b → a → x. The mutator comes through b, takes x out of a, and leaves b in a cycle of its own. A collector that looked at a and x
/// before, and at b after, sees counts that add up: only a's stamp tells.
#[test]
fn a_mutator_changes_a_place_and_then_closes_a_cycle_over_it() {
    model(|| {
        let (x, a) = (node(1, None), node(2, None));
        a.link.store(x);
        let b = node(3, Some(a));
        let mutator = thread::spawn(move || {
            let x = b.fixed.as_ref().unwrap().link.take().unwrap();
            b.link.store(b.clone());
            drop(b);
            x
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        model::expect_empty();
    });
}

/// The same, with the change in the hands of a thread that does not come through the handle that is left in the cycle.
#[test]
fn a_place_is_changed_while_the_collector_is_at_it() {
    model(|| {
        let (x, a) = (node(1, None), node(2, None));
        a.link.store(x);
        let b = node(3, Some(a));
        let mutator = thread::spawn(move || {
            let a = b.fixed.clone().unwrap();
            b.link.store(b.clone());
            drop(b);
            let x = a.link.swap(node(4, None)).unwrap();
            drop(a);
            x
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        model::expect_empty();
    });
}
