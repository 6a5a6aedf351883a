//! Models of the collector racing with threads at foreign locks: such as have no version, and are held to be seen at one
//! moment; otherwise as those of `loom_collect.rs`.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::lockfree::{AtomicGc, Stack};
use freehold::model::{ForeignMutex, ForeignRwLock};
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Tracer, model};
use loom::cell::UnsafeCell;
use loom::thread;
use loom_run::model;
use loom_watched::Watched;

/// The content of a lock, whose uses loom watches: one that the lock does not order is a race.
struct Link<K: Kind> {
    watched: UnsafeCell<()>,
    to: Option<Gc<Node<K>>>,
}

impl<K: Kind> Link<K> {
    fn new() -> Self {
        let watched = UnsafeCell::new(());
        Link { watched, to: None }
    }

    fn set(&mut self, to: Gc<Node<K>>) {
        self.watched.with_mut(|_| ());
        self.to = Some(to);
    }

    fn take(&mut self) -> Option<Gc<Node<K>>> {
        self.watched.with_mut(|_| ());
        self.to.take()
    }
}

// SAFETY: the one handle is shown once; a link is in a lock only.
unsafe impl<K: Kind> Trace for Link<K> {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.with(|_| ());
        self.to.trace(tracer);
    }
}

// SAFETY: loom watches the accesses.
unsafe impl<K: Kind> Sync for Link<K> {}

/// A kind of lock.
trait Kind: Send + Sync + Sized + 'static {
    type Lock: Trace + Send + Sync;

    fn new() -> Self::Lock;

    fn set(lock: &Self::Lock, to: Gc<Node<Self>>);

    fn take(lock: &Self::Lock) -> Option<Gc<Node<Self>>>;
}

/// How a kind gets at its link.
macro_rules! by_link {
    ($lock:ident => $link:expr) => {
        fn set($lock: &Self::Lock, to: Gc<Node<Self>>) {
            $link.set(to);
        }

        fn take($lock: &Self::Lock) -> Option<Gc<Node<Self>>> {
            $link.take()
        }
    };
}

struct Node<K: Kind> {
    watched: Watched,
    link: K::Lock,
    cell: Mutex<Link<K>>,
    /// An edge that cannot change.
    fixed: Option<Gc<Node<K>>>,
}

// SAFETY: each handle is shown once, under its lock.
unsafe impl<K: Kind> Trace for Node<K> {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.link.trace(tracer);
        self.cell.trace(tracer);
        self.fixed.trace(tracer);
    }
}

impl<K: Kind> Node<K> {
    fn set(&self, to: Gc<Node<K>>) {
        K::set(&self.link, to);
    }

    fn take(&self) -> Option<Gc<Node<K>>> {
        K::take(&self.link)
    }

    fn fixed(&self) -> &Gc<Node<K>> {
        self.fixed.as_ref().unwrap()
    }
}

fn node<K: Kind>() -> Gc<Node<K>> {
    pointing_at(None)
}

fn pointing_at<K: Kind>(fixed: Option<Gc<Node<K>>>) -> Gc<Node<K>> {
    Gc::new(Node {
        watched: Watched::new(),
        link: K::new(),
        cell: model::mutex(Link::new()),
        fixed,
    })
}

/// A foreign mutex.
struct Alone;

impl Kind for Alone {
    type Lock = Free<ForeignMutex<Link<Self>>>;

    fn new() -> Self::Lock {
        Free(model::foreign_mutex(Link::new()))
    }

    by_link!(lock => lock.0.lock());
}

/// A foreign readers-writer lock.
struct Readers;

impl Kind for Readers {
    type Lock = ForeignRwLock<Link<Self>>;

    fn new() -> Self::Lock {
        model::foreign_rw_lock(Link::new())
    }

    by_link!(lock => lock.write());
}

/// A foreign lock in a cell, made anew whenever its content changes.
struct InCell;

impl Kind for InCell {
    type Lock = Mutex<Option<Free<ForeignMutex<Link<Self>>>>>;

    fn new() -> Self::Lock {
        model::mutex(None)
    }

    fn set(lock: &Self::Lock, to: Gc<Node<Self>>) {
        let mut link = Link::new();
        link.set(to);
        *lock.lock() = Some(Alone::free(link));
    }

    fn take(lock: &Self::Lock) -> Option<Gc<Node<Self>>> {
        lock.lock().take()?.0.get_mut().take()
    }
}

/// A cell in a foreign lock, which is only ever read.
struct AroundCell;

impl Kind for AroundCell {
    type Lock = ForeignRwLock<Mutex<Link<Self>>>;

    fn new() -> Self::Lock {
        model::foreign_rw_lock(model::mutex(Link::new()))
    }

    by_link!(lock => lock.read().lock());
}

/// A place for a handle in a foreign lock, which is only ever read.
struct AroundPlace;

impl Kind for AroundPlace {
    type Lock = ForeignRwLock<AtomicGc<Node<Self>>>;

    fn new() -> Self::Lock {
        model::foreign_rw_lock(AtomicGc::new(None))
    }

    fn set(lock: &Self::Lock, to: Gc<Node<Self>>) {
        lock.read().store(to);
    }

    fn take(lock: &Self::Lock) -> Option<Gc<Node<Self>>> {
        lock.read().take()
    }
}

/// A foreign lock in a stack, taken out whenever its content is.
struct InStack;

impl Kind for InStack {
    type Lock = Stack<Free<ForeignMutex<Link<Self>>>>;

    fn new() -> Self::Lock {
        Stack::new()
    }

    fn set(lock: &Self::Lock, to: Gc<Node<Self>>) {
        let mut link = Link::new();
        link.set(to);
        lock.push(Alone::free(link));
    }

    fn take(lock: &Self::Lock) -> Option<Gc<Node<Self>>> {
        lock.pop()?.0.get_mut().take()
    }
}

/// A lock that is not held when it is dropped: neither a mutator nor the collector may be inside.
struct Free<L: IsHeld>(L);

trait IsHeld {
    fn is_held(&self) -> bool;
}

impl<T> IsHeld for ForeignMutex<T> {
    fn is_held(&self) -> bool {
        self.is_locked()
    }
}

impl Alone {
    fn free<T>(value: T) -> Free<ForeignMutex<T>> {
        Free(model::foreign_mutex(value))
    }
}

impl<L: IsHeld> Drop for Free<L> {
    fn drop(&mut self) {
        assert!(!self.0.is_held(), "dropped while it is held");
    }
}

// SAFETY: the content is shown once; the drop above follows no handle.
unsafe impl<L: IsHeld + Trace> Trace for Free<L> {
    fn trace(&self, tracer: &mut Tracer) {
        self.0.trace(tracer);
    }
}

/// A model, for each of some kinds of locks.
macro_rules! models {
    ($($name:ident: $($kind:ident),*;)*) => { $(
        mod $name {
            $(
                #[test]
                #[allow(non_snake_case)]
                fn $kind() {
                    super::model(super::programs::$name::<super::$kind>);
                }
            )*
        }
    )* };
}

models! {
    a_handle_moves_between_two_foreign_locks: Alone, Readers, AroundCell;
    a_handle_moves_from_a_foreign_lock_into_a_cell: Alone;
    a_handle_moves_from_a_cell_into_a_foreign_lock: Alone;
    a_mutator_changes_an_object_and_then_closes_a_cycle_over_it: Alone, Readers, InCell, AroundCell, AroundPlace;
    what_was_seen_is_changed_before_the_rest_is_seen: Alone, Readers, InCell, AroundCell, AroundPlace;
    an_upgrade_races_with_holding: Alone, Readers, InCell, InStack;
    the_last_drop_races_with_holding: Alone;
}

mod programs {
    use super::*;

    pub(super) fn a_handle_moves_between_two_foreign_locks<K: Kind>() {
        // Two objects, and a third whose only handle moves from one to the other.
        let (a, b) = (node::<K>(), node());
        a.set(node());
        let mutator = thread::spawn(move || {
            let moved = a.take().unwrap();
            b.set(moved);
            drop(a);
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.take().unwrap().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    }

    pub(super) fn a_handle_moves_from_a_foreign_lock_into_a_cell<K: Kind>() {
        let (a, b) = (node::<K>(), node());
        a.set(node());
        let mutator = thread::spawn(move || {
            let moved = a.take().unwrap();
            b.cell.lock().set(moved);
            drop(a);
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.cell.lock().take().unwrap().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    }

    pub(super) fn a_handle_moves_from_a_cell_into_a_foreign_lock<K: Kind>() {
        let (a, b) = (node::<K>(), node());
        a.cell.lock().set(node());
        let mutator = thread::spawn(move || {
            let moved = a.cell.lock().take().unwrap();
            b.set(moved);
            drop(a);
            b
        });
        model::collect();
        let b = mutator.join().unwrap();
        b.take().unwrap().watched.check();
        drop(b);
        assert_eq!(model::in_use(), 0);
    }

    /// b → a → x. The mutator comes through b, takes x out of a, and leaves b in a cycle of its own. A collector that looked at
    /// a and x before, and at b after, sees counts that add up: only that a does not hold x any more tells.
    pub(super) fn a_mutator_changes_an_object_and_then_closes_a_cycle_over_it<K: Kind>() {
        let (x, a) = (node::<K>(), node());
        a.set(x);
        let b = pointing_at(Some(a));
        let mutator = thread::spawn(move || {
            let x = b.fixed().take().unwrap();
            b.cell.lock().set(b.clone());
            drop(b);
            x
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        model::expect_empty();
    }

    /// b → last → y → first → r → last. The mutator comes through b, takes y out of last, and leaves b in a cycle of its own.
    /// From y it gets at first, takes r out of it, and with that puts y back into last. So all that the collector
    /// has recorded was there, but never at one moment after the first look, and the mutator has r.
    pub(super) fn what_was_seen_is_changed_before_the_rest_is_seen<K: Kind>() {
        let (first, last) = (node::<K>(), node());
        let r = pointing_at(Some(last.clone()));
        let y = pointing_at(Some(first.clone()));
        first.set(r);
        last.set(y);
        let b = pointing_at(Some(last));
        drop(first);
        let mutator = thread::spawn(move || {
            let y = b.fixed().take().unwrap();
            b.cell.lock().set(b.clone());
            drop(b);
            let r = y.fixed().take().unwrap();
            r.fixed().set(y);
            r
        });
        model::collect();
        let r = mutator.join().unwrap();
        r.watched.check();
        drop(r);
        model::expect_empty();
    }

    /// a → b → a, both suspects; the mutator rescues a and takes b out of it.
    pub(super) fn an_upgrade_races_with_holding<K: Kind>() {
        let (a, b) = (node::<K>(), node());
        a.set(b.clone());
        b.set(a.clone());
        let weak = Gc::downgrade(&a);
        drop((a, b));
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                let b = a.take().unwrap();
                a.watched.check();
                drop(a);
                b.watched.check();
            }
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    }

    /// a, in a cycle of its own, holds x, and that y. The mutator rescues a and takes it apart: x and y die while x may be held.
    pub(super) fn the_last_drop_races_with_holding<K: Kind>() {
        let (x, y) = (node::<K>(), node());
        x.set(y);
        let a = pointing_at(Some(x));
        a.cell.lock().set(a.clone());
        let weak = Gc::downgrade(&a);
        drop(a);
        let mutator = thread::spawn(move || {
            if let Some(a) = weak.upgrade() {
                drop(a.cell.lock().take());
                drop(a);
            }
        });
        model::collect();
        mutator.join().unwrap();
        model::expect_empty();
    }
}
