//! Models of the collector racing with mutators: every interleaving of small programs, with loom's memory model.
//!
//! Each model uses the real handles, header, locks and collector; only slots come from elsewhere (`placement_model`).
//! Checked in each: no payload is used after its drop or dropped twice (a witness cell that loom watches), nothing is
//! destroyed that a handle exists to, and at the end everything is gone. docs/collector.md lists the mutants that each kills.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Tracer, Weak, model};
use loom::cell::UnsafeCell;
use loom::thread;
use loom_run::model;
use loom_watched::Watched;

/// The content of a cell, whose uses loom watches: one that its lock does not order is a race.
struct Link {
    watched: UnsafeCell<()>,
    to: Option<Gc<Node>>,
}

impl Link {
    fn set(&mut self, to: Gc<Node>) {
        self.watched.with_mut(|_| ());
        self.to = Some(to);
    }

    fn take(&mut self) -> Option<Gc<Node>> {
        self.watched.with_mut(|_| ());
        self.to.take()
    }

    fn target(&self) -> &Gc<Node> {
        self.watched.with(|_| ());
        self.to.as_ref().unwrap()
    }
}

// SAFETY: the one handle is shown once; a link is in a `Mutex` only.
unsafe impl Trace for Link {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.with(|_| ());
        self.to.trace(tracer);
    }
}

struct Node {
    watched: Watched,
    link: Mutex<Link>,
    /// An edge that cannot change.
    fixed: Option<Gc<Node>>,
}

// SAFETY: each handle is shown once, under its lock.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
        self.fixed.trace(tracer);
    }
}

fn node() -> Gc<Node> {
    pointing_at(None)
}

fn pointing_at(fixed: Option<Gc<Node>>) -> Gc<Node> {
    Gc::new(Node {
        watched: Watched::new(),
        link: model::mutex(Link {
            watched: UnsafeCell::new(()),
            to: None,
        }),
        fixed,
    })
}

#[test]
fn clone_and_drop_race_with_a_collection() {
    model(|| {
        let a = node();
        a.link.lock().set(a.clone());
        let mutator = thread::spawn(move || {
            let b = a.clone();
            drop(a);
            b.watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn the_last_drop_races_with_the_first_look() {
    model(|| {
        let a = node();
        let mutator = thread::spawn(move || {
            a.watched.check();
            drop(a);
        });
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
        a.link.lock().set(b.clone());
        b.link.lock().set(a.clone());
        drop(b);
        let mutator = thread::spawn(move || {
            let b = a.link.lock().take().unwrap();
            drop(a);
            b.watched.check();
            b.link.lock().target().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn a_handle_moves_between_two_cells() {
    model(|| {
        // Two self-holding objects, and a third whose only handle moves from one to the other.
        let (a, b) = (node(), node());
        a.link.lock().set(node());
        let mutator = thread::spawn(move || {
            let moved = a.link.lock().take().unwrap();
            b.link.lock().set(moved);
            drop(a);
            b.link.lock().target().watched.check();
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.link.lock().target().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_mutator_changes_an_object_and_then_closes_a_cycle_over_it() {
    model(|| {
        // b → a → x. The mutator comes through b, takes x out of a, and leaves b in a cycle of its own. A collector that
        // looked at a and x before, and at b after, sees counts that add up: only a's version tells.
        let (x, a) = (node(), node());
        a.link.lock().set(x);
        let b = pointing_at(Some(a));
        let mutator = thread::spawn(move || {
            let x = b.fixed.as_ref().unwrap().link.lock().take().unwrap();
            b.link.lock().set(b.clone());
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

#[test]
fn a_clone_outlives_the_handle_that_it_came_through() {
    model(|| {
        // b → a → x by fixed edges. The mutator clones a, leaves b in a cycle of its own, and later, when x may be
        // condemned, clones x from a and lets a go. All counts but x's are as recorded; only a's clone version tells.
        let x = node();
        let a = pointing_at(Some(x));
        let b = pointing_at(Some(a));
        let mutator = thread::spawn(move || {
            let a = b.fixed.clone().unwrap();
            b.link.lock().set(b.clone());
            drop(b);
            a.fixed.clone().unwrap()
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        model::expect_empty();
    });
}

#[test]
fn a_clone_and_a_drop_lead_past_a_condemned_object() {
    model(|| {
        // a → b by a fixed edge, b → a by a cell, both suspects. Once b is condemned, the mutator upgrades a, clones b
        // from it and lets a go: a's count is as before, only its clone version tells.
        let b = node();
        let a = pointing_at(Some(b.clone()));
        b.link.lock().set(a.clone());
        let weak = Gc::downgrade(&a);
        drop((a, b));
        let mutator = thread::spawn(move || {
            let a = weak.upgrade()?;
            let b = a.fixed.clone();
            drop(a);
            b
        });
        model::collect();
        if let Some(b) = mutator.join().unwrap() {
            b.watched.check();
            b.link.lock().target().watched.check();
        }
        model::expect_empty();
    });
}

#[test]
fn an_upgrade_races_with_a_collection() {
    model(|| {
        let a = node();
        a.link.lock().set(a.clone());
        let weak = Gc::downgrade(&a);
        drop(a);
        let mutator = thread::spawn(move || {
            if let Some(rescued) = weak.upgrade() {
                rescued.watched.check();
                rescued.link.lock().target().watched.check();
            }
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn an_upgrade_races_with_two_collections() {
    model(|| {
        let a = node();
        a.link.lock().set(a.clone());
        let weak = Gc::downgrade(&a);
        drop(a);
        let mutator = thread::spawn(move || {
            if let Some(rescued) = weak.upgrade() {
                rescued.watched.check();
            }
        });
        model::collect_overlapping();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn two_first_downgrades_agree_on_one_control_block() {
    model(|| {
        let a = node();
        let b = a.clone();
        let other = thread::spawn(move || Gc::downgrade(&b));
        let mine = Gc::downgrade(&a);
        let theirs = other.join().unwrap();
        assert!(mine.ptr_eq(&theirs));
        assert_eq!(Gc::weak_count(&a), 2);
        drop(a);
        assert!(mine.upgrade().is_none() && theirs.upgrade().is_none());
        assert_eq!(model::in_use(), 0);
    });
}

#[test]
fn a_rescue_revives_what_the_object_reaches() {
    model(|| {
        // a → b → a, both suspects; the mutator rescues a and goes on to b.
        let (a, b) = (node(), node());
        a.link.lock().set(b.clone());
        b.link.lock().set(a.clone());
        let weak: Weak<Node> = Gc::downgrade(&a);
        drop((a, b));
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                let b = a.link.lock().take().unwrap();
                a.watched.check();
                drop(a);
                b.watched.check();
            }
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn an_upgrade_races_with_the_last_drop() {
    model(|| {
        let a = node();
        let weak = Gc::downgrade(&a);
        let other = weak.clone();
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                a.watched.check();
            }
        });
        drop(a);
        // Perhaps the same slot; never the same object.
        let b = node();
        assert!(other.upgrade().is_none_or(|found| !Gc::ptr_eq(&found, &b)));
        mutator.join().unwrap();
        drop(b);
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
        a.link.lock().set(a.clone());
        let mutator = thread::spawn(move || {
            a.link.lock().take();
            drop(a);
            let b = node();
            b.link.lock().set(b.clone());
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.watched.check();
        drop(b);
        model::expect_empty();
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
