//! Models of the collector racing with writers, upgraded readers and readers of an `RwLock`, with owners of a `ReentrantMutex`,
//! and with the one who sets a `OnceLock`; otherwise as those of `loom_collect.rs`.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::sync::{OnceLock, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
use freehold::{Gc, Trace, Tracer, model};
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
    fn new(to: Option<Gc<Node>>) -> Self {
        let watched = UnsafeCell::new(());
        Link { watched, to }
    }

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

// SAFETY: the one handle is shown once; a link is in a cell only.
unsafe impl Trace for Link {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.with(|_| ());
        self.to.trace(tracer);
    }
}

// SAFETY: loom watches the accesses.
unsafe impl Sync for Link {}

struct Node {
    watched: Watched,
    link: RwLock<Link>,
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
        link: model::rw_lock(Link::new(None)),
        fixed,
    })
}

#[test]
fn a_writer_moves_a_handle_out_behind_the_collector() {
    model(|| {
        // a → b → a; the mutator enters through a, takes b out, and lets a go.
        let (a, b) = (node(), node());
        a.link.write().set(b.clone());
        b.link.write().set(a.clone());
        drop(b);
        let mutator = thread::spawn(move || {
            let b = a.link.write().take().unwrap();
            drop(a);
            b.watched.check();
            b.link.read().target().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn a_handle_moves_between_two_locks() {
    model(|| {
        let (a, b) = (node(), node());
        a.link.write().set(node());
        let mutator = thread::spawn(move || {
            let moved = a.link.write().take().unwrap();
            b.link.write().set(moved);
            drop(a);
            b.link.read().target().watched.check();
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.link.read().target().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    });
}

/// b → a → x. The mutator comes through b, takes x out of a with `take`, and leaves b in a cycle of its own. A collector
/// that looked at a and x before, and at b after, sees counts that add up: only a's version tells.
fn a_cycle_is_closed_over_what_was_changed(take: fn(&RwLock<Link>) -> Gc<Node>) {
    model(move || {
        let (x, a) = (node(), node());
        a.link.write().set(x);
        let b = pointing_at(Some(a));
        let mutator = thread::spawn(move || {
            let x = take(&b.fixed.as_ref().unwrap().link);
            b.link.write().set(b.clone());
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
fn a_writer_changes_an_object_and_then_closes_a_cycle_over_it() {
    a_cycle_is_closed_over_what_was_changed(|link| link.write().take().unwrap());
}

#[test]
fn a_reader_who_tries_to_write_changes_an_object_and_then_closes_a_cycle_over_it() {
    a_cycle_is_closed_over_what_was_changed(|link| match link.try_write() {
        Some(mut link) => link.take().unwrap(),
        None => link.read().target().clone(),
    });
}

#[test]
fn an_upgraded_reader_changes_an_object_and_then_closes_a_cycle_over_it() {
    a_cycle_is_closed_over_what_was_changed(|link| {
        let seen = link.upgradable_read();
        seen.target().watched.check();
        RwLockUpgradableReadGuard::upgrade(seen).take().unwrap()
    });
}

#[test]
fn a_reader_clones_a_handle_behind_the_collector() {
    model(|| {
        // a → b → a; the mutator clones b under a read lock, which changes no version, and lets a go.
        let (a, b) = (node(), node());
        a.link.write().set(b.clone());
        b.link.write().set(a.clone());
        drop(b);
        let mutator = thread::spawn(move || {
            let b = a.link.read().target().clone();
            drop(a);
            b.watched.check();
            b.link.read().target().watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

/// A node whose link its owner changes through a shared reference, as a `RefCell` would let it.
struct Owned {
    watched: Watched,
    link: ReentrantMutex<Shared>,
    fixed: Option<Gc<Owned>>,
}

/// Not `Sync`: one thread at a time.
struct Shared(UnsafeCell<Option<Gc<Owned>>>);

impl Shared {
    fn replace(&self, to: Option<Gc<Owned>>) -> Option<Gc<Owned>> {
        // SAFETY: loom reports another use at the same time.
        self.0.with_mut(|link| std::mem::replace(unsafe { &mut *link }, to))
    }
}

// SAFETY: the one handle is shown once; it is in a `ReentrantMutex` only.
unsafe impl Trace for Shared {
    fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: as above.
        self.0.with(|link| unsafe { &*link }.trace(tracer));
    }
}

// SAFETY: each handle is shown once, under its lock.
unsafe impl Trace for Owned {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
        self.fixed.trace(tracer);
    }
}

fn owned(fixed: Option<Gc<Owned>>) -> Gc<Owned> {
    Gc::new(Owned {
        watched: Watched::new(),
        link: model::reentrant_mutex(Shared(UnsafeCell::new(None))),
        fixed,
    })
}

#[test]
fn an_owner_changes_an_object_and_then_closes_a_cycle_over_it() {
    model(|| {
        let (x, a) = (owned(None), owned(None));
        a.link.lock().replace(Some(x));
        let b = owned(Some(a));
        let mutator = thread::spawn(move || {
            let outer = b.fixed.as_ref().unwrap().link.lock();
            let x = b.fixed.as_ref().unwrap().link.lock().replace(None).unwrap();
            drop(outer);
            b.link.lock().replace(Some(b.clone()));
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
fn the_owner_of_a_mutex_collects() {
    model(|| {
        let a = owned(None);
        a.link.lock().replace(Some(a.clone()));
        let held = a.link.lock();
        model::collect();
        // SAFETY: loom reports another use at the same time.
        held.0.with(|link| unsafe { &*link }.as_ref().unwrap().watched.check());
        drop(held);
        drop(a);
        model::expect_empty();
    });
}

/// A node with a link that is set once, to what can change in turn.
struct Set {
    watched: Watched,
    once: OnceLock<Entry>,
    link: RwLock<Option<Gc<Set>>>,
}

/// What a cell is set to, whose uses loom watches: one before it is all there is a race.
struct Entry {
    written: UnsafeCell<()>,
    to: Gc<Set>,
}

impl Entry {
    fn new(to: Gc<Set>) -> Self {
        let written = UnsafeCell::new(());
        written.with_mut(|_| ());
        Entry { written, to }
    }
}

// SAFETY: loom watches the accesses.
unsafe impl Sync for Entry {}

// SAFETY: the one handle is shown once, and does not change.
unsafe impl Trace for Entry {
    fn trace(&self, tracer: &mut Tracer) {
        self.written.with(|_| ());
        self.to.trace(tracer);
    }
}

// SAFETY: each handle is shown once, by its cell.
unsafe impl Trace for Set {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.once.trace(tracer);
        self.link.trace(tracer);
    }
}

fn set() -> Gc<Set> {
    Gc::new(Set {
        watched: Watched::new(),
        once: model::once_lock(),
        link: model::rw_lock(None),
    })
}

#[test]
fn a_cell_is_set_to_close_a_cycle_behind_the_collector() {
    model(|| {
        let a = set();
        let mutator = thread::spawn(move || {
            assert!(a.once.set(Entry::new(a.clone())).is_ok());
            a.once.get().unwrap().to.watched.check();
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    });
}

#[test]
fn a_handle_moves_from_a_lock_into_a_cell_that_is_set_once() {
    model(|| {
        // a → b → b, and b's only other handle moves from a's lock into c's cell; then a goes, and c stays.
        let (a, b, c) = (set(), set(), set());
        *b.link.write() = Some(b.clone());
        *a.link.write() = Some(b);
        let mutator = thread::spawn(move || {
            let moved = a.link.write().take().unwrap();
            assert!(c.once.set(Entry::new(moved)).is_ok());
            drop(a);
            c.once.get().unwrap().to.watched.check();
            c
        });
        model::collect();
        let c = mutator.join().unwrap();
        c.once.get().unwrap().to.watched.check();
        drop(c);
        model::expect_empty();
    });
}

#[test]
fn a_cell_in_a_cycle_is_set_before_the_cycle_is_let_go() {
    model(|| {
        // a → b → a by locks. The mutator takes c out of a's lock, sets b's cell to it, closes the cycle, and lets it go: an
        // edge to c that goes away is recorded or not, the one that comes is seen or not.
        let (a, b, c) = (set(), set(), set());
        *a.link.write() = Some(c.clone());
        *c.link.write() = Some(b.clone());
        let mutator = thread::spawn(move || {
            let c = a.link.write().replace(b.clone()).unwrap();
            assert!(b.once.set(Entry::new(c)).is_ok());
            assert!(a.once.set(Entry::new(a.clone())).is_ok());
            drop((a, b));
        });
        model::collect();
        c.watched.check();
        c.link.read().as_ref().unwrap().watched.check();
        mutator.join().unwrap();
        drop(c);
        model::expect_empty();
    });
}

#[test]
fn one_of_two_sets_a_cell_while_the_collector_looks() {
    model(|| {
        let a = set();
        let (b, weak) = (a.clone(), Gc::downgrade(&a));
        let mutator = thread::spawn(move || {
            let own = b.clone();
            let entry = b.once.get_or_init(|| Entry::new(own));
            entry.to.watched.check();
        });
        let entry = a.once.set(Entry::new(a.clone()));
        assert!(a.once.get().is_some());
        drop((entry, a));
        model::collect();
        mutator.join().unwrap();
        drop(weak);
        model::expect_empty();
    });
}
