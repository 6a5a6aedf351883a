//! Models of finalisers, and of two collectors, with loom's memory model. As in `loom_collect.rs`.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::sync::Mutex;
use freehold::{Finalize, Gc, Trace, Tracer, Weak, model};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use loom_run::model;
use loom_watched::Watched;

/// A node that keeps what it points at when it ends, where everyone can take it.
struct Ending {
    watched: Watched,
    link: Mutex<Option<Gc<Ending>>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    kept: loom::sync::Mutex<Option<Gc<Ending>>>,
    finalised: AtomicUsize,
}

impl Shared {
    fn take(&self) -> Option<Gc<Ending>> {
        self.kept.lock().unwrap().take()
    }
}

// SAFETY: the one handle of a link is shown, under its lock; what is kept is external.
unsafe impl Trace for Ending {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
    }

    fn finalizer() -> Option<fn(&Self)> {
        Some(Self::finalize)
    }
}

impl Finalize for Ending {
    fn finalize(&self) {
        self.watched.check();
        self.shared.finalised.fetch_add(1, Ordering::Relaxed);
        let link = self.link.lock().clone();
        *self.shared.kept.lock().unwrap() = link;
    }
}

fn ending(shared: &Arc<Shared>) -> Gc<Ending> {
    Gc::new(Ending {
        watched: Watched::new(),
        link: model::mutex(None),
        shared: shared.clone(),
    })
}

/// An object that points at itself.
fn cycle(shared: &Arc<Shared>) -> Gc<Ending> {
    let node = ending(shared);
    *node.link.lock() = Some(node.clone());
    node
}

/// A thread that works on what a finaliser has kept, if it has.
fn with_what_is_kept(shared: &Arc<Shared>, work: fn(Gc<Ending>)) -> thread::JoinHandle<()> {
    let shared = shared.clone();
    thread::spawn(move || _ = shared.take().map(work))
}

/// A thread that upgrades, which succeeds before the object is finalised only.
fn upgrading(weak: Weak<Ending>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        if let Some(node) = weak.upgrade() {
            node.watched.check();
            let finalised = node.shared.finalised.load(Ordering::Relaxed);
            assert_eq!(finalised, 0, "upgraded after it was finalised");
        }
    })
}

#[test]
fn what_a_finaliser_keeps_is_used_during_the_look_after_it() {
    model(|| {
        let shared = Arc::new(Shared::default());
        drop(cycle(&shared));
        let mutator = with_what_is_kept(&shared, |kept| {
            kept.watched.check();
            let again = kept.clone();
            drop(kept);
            again.watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        drop(shared.take());
        model::expect_empty();
        assert_eq!(shared.finalised.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_a_finaliser_keeps_is_taken_apart_during_the_look_after_it() {
    model(|| {
        let shared = Arc::new(Shared::default());
        drop(cycle(&shared));
        let mutator = with_what_is_kept(&shared, |kept| {
            let link = kept.link.lock().take();
            drop(kept);
            link.unwrap().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        drop(shared.take());
        model::expect_empty();
    });
}

#[test]
fn the_last_drop_of_a_finalisable_object_races_with_a_collection() {
    model(|| {
        let shared = Arc::new(Shared::default());
        let node = ending(&shared);
        let mutator = thread::spawn(move || drop(node));
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
        assert_eq!(shared.finalised.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn an_upgrade_races_with_finalisation() {
    model(|| {
        let shared = Arc::new(Shared::default());
        let node = cycle(&shared);
        let weak = Gc::downgrade(&node);
        drop(node);
        let upgrader = upgrading(weak);
        model::collect();
        upgrader.join().unwrap();
        model::collect();
        drop(shared.take());
        model::expect_empty();
    });
}

#[test]
fn an_upgrade_races_with_the_finalisation_of_an_object_that_is_let_go() {
    model(|| {
        let shared = Arc::new(Shared::default());
        let node = ending(&shared);
        let weak = Gc::downgrade(&node);
        let upgrader = upgrading(weak);
        drop(node);
        upgrader.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn two_collectors_find_one_cycle() {
    model(|| {
        let shared = Arc::new(Shared::default());
        drop(cycle(&shared));
        let other = thread::spawn(model::collect);
        let here = model::collect();
        let there = other.join().unwrap();
        assert!(here + there <= 1);
        drop(shared.take());
        model::expect_empty();
        assert_eq!(shared.finalised.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn two_collectors_and_a_mutator_between_two_objects() {
    model(|| {
        let shared = Arc::new(Shared::default());
        let (a, b) = (ending(&shared), ending(&shared));
        *a.link.lock() = Some(b.clone());
        *b.link.lock() = Some(a.clone());
        drop(b);
        let other = thread::spawn(model::collect);
        // The handle moves from the stack into the cycle, and the cycle dies.
        let b = a.link.lock().take();
        drop(a);
        drop(b);
        model::collect();
        other.join().unwrap();
        drop(shared.take());
        model::expect_empty();
    });
}
