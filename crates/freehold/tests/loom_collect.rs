//! Models of the collector racing with mutators: every interleaving of small programs, with loom's memory model.
//!
//! Each model uses the real handles, header, locks and collector; only slots come from elsewhere (`placement_model`).
//! Checked in each: no payload is used after its drop or dropped twice (a witness cell that loom watches), nothing is
//! destroyed that a handle exists to, and at the end everything is gone. docs/collector.md lists the mutants that each kills.
#![cfg(loom)]

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Tracer, Weak, model};
use loom::cell::UnsafeCell;
use loom::thread;

/// A payload whose life loom watches: reads of `life` race with the write in its drop.
struct Watched {
    life: UnsafeCell<bool>,
}

impl Watched {
    fn new() -> Self {
        Watched { life: UnsafeCell::new(true) }
    }

    fn check(&self) {
        // SAFETY: loom reports a race with the drop.
        self.life.with(|alive| assert!(unsafe { *alive }, "used after its drop"));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.life.with_mut(|alive| {
            // SAFETY: loom reports a race with a reader.
            let alive = unsafe { &mut *alive };
            assert!(*alive, "dropped twice");
            *alive = false;
        });
    }
}

// SAFETY: loom watches the accesses.
unsafe impl Sync for Watched {}

struct Node {
    watched: Watched,
    link: Mutex<Option<Gc<Node>>>,
}

// SAFETY: the one handle is shown, under its lock.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
    }
}

fn node() -> Gc<Node> {
    Gc::new(Node { watched: Watched::new(), link: Mutex::new(None) })
}

fn model(threads: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(std::env::var("LOOM_MAX_PREEMPTIONS").map_or(3, |n| n.parse().expect("a number")));
    builder.check(move || {
        model::begin();
        threads();
    });
}

/// Collects until nothing is left to collect, then checks that all is gone.
fn expect_empty() {
    model::collect();
    model::collect();
    assert_eq!(model::in_use(), 0, "an object was lost");
}

#[test]
fn clone_and_drop_race_with_a_collection() {
    model(|| {
        let a = node();
        *a.link.lock() = Some(a.clone());
        let mutator = thread::spawn(move || {
            let b = a.clone();
            drop(a);
            b.watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        expect_empty();
    });
}

#[test]
fn the_last_drop_races_with_the_first_look() {
    model(|| {
        let a = node();
        let mutator = thread::spawn(move || drop(a));
        model::collect();
        mutator.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn two_last_drops_and_a_collection() {
    model(|| {
        let a = node();
        let b = a.clone();
        let one = thread::spawn(move || drop(a));
        let other = thread::spawn(move || drop(b));
        model::collect();
        one.join().unwrap();
        other.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_handle_moves_out_of_a_cell_behind_the_collector() {
    model(|| {
        // a → b → a; the mutator enters through a, takes b out, and lets a go.
        let (a, b) = (node(), node());
        *a.link.lock() = Some(b.clone());
        *b.link.lock() = Some(a.clone());
        drop(b);
        let mutator = thread::spawn(move || {
            let b = a.link.lock().take().unwrap();
            drop(a);
            b.watched.check();
            b.link.lock().as_ref().unwrap().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        expect_empty();
    });
}

#[test]
fn a_handle_moves_between_two_cells() {
    model(|| {
        // Two self-holding objects, and a third whose only handle moves from one to the other.
        let (a, b) = (node(), node());
        *a.link.lock() = Some(node());
        let mutator = thread::spawn(move || {
            let moved = a.link.lock().take();
            *b.link.lock() = moved;
            drop(a);
            b.link.lock().as_ref().unwrap().watched.check();
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.link.lock().as_ref().unwrap().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn an_upgrade_races_with_a_collection() {
    model(|| {
        let a = node();
        *a.link.lock() = Some(a.clone());
        let weak = Gc::downgrade(&a);
        drop(a);
        let mutator = thread::spawn(move || {
            if let Some(rescued) = weak.upgrade() {
                rescued.watched.check();
                rescued.link.lock().as_ref().unwrap().watched.check();
            }
        });
        model::collect();
        mutator.join().unwrap();
        expect_empty();
    });
}

#[test]
fn a_rescue_revives_what_the_object_reaches() {
    model(|| {
        // a → b → a, both suspects; the mutator rescues a and goes on to b.
        let (a, b) = (node(), node());
        *a.link.lock() = Some(b.clone());
        *b.link.lock() = Some(a.clone());
        let weak: Weak<Node> = Gc::downgrade(&a);
        drop((a, b));
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                let b = a.link.lock().take().unwrap();
                drop(a);
                b.watched.check();
            }
        });
        model::collect();
        mutator.join().unwrap();
        expect_empty();
    });
}

#[test]
fn an_upgrade_races_with_the_last_drop() {
    model(|| {
        let a = node();
        let weak = Gc::downgrade(&a);
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                a.watched.check();
            }
        });
        drop(a);
        mutator.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_slot_is_reused_behind_the_collector() {
    model(|| {
        let a = node();
        let mutator = thread::spawn(move || {
            drop(a);
            // The same slot, with the same count.
            let b = node();
            b.watched.check();
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_cycle_dies_in_a_reused_slot() {
    model(|| {
        let a = node();
        *a.link.lock() = Some(a.clone());
        let mutator = thread::spawn(move || {
            a.link.lock().take();
            drop(a);
            let b = node();
            *b.link.lock() = Some(b.clone());
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.watched.check();
        drop(b);
        expect_empty();
    });
}

#[test]
fn unwrapping_races_with_a_collection() {
    model(|| {
        let a = node();
        let mutator = thread::spawn(move || {
            let node = Gc::try_unwrap(a).unwrap_or_else(|_| panic!("a collection is no reason to fail"));
            node.watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        assert_eq!(model::in_use(), 0);
    });
}
