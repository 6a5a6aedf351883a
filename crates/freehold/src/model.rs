//! What loom models use: a collection over the model's objects, and counts.

use crate::collect::{Finalising, Found, Scope, Slots, Stopped, destroy, find};
use crate::generation::Generation;
use crate::lockfree::limbo;
use crate::placement;
use crate::primitive::{self, per_process};
use crate::sync::{Cell, Mutex, OnceLock, ReentrantMutex, RwLock};
use lock_api::RawMutex as _;

/// Begins one execution of a model.
pub fn begin() {
    placement::reset();
}

/// The number of slots in use.
pub fn in_use() -> usize {
    placement::in_use()
}

/// A mutex. loom makes the atomics of a constant when they are first used, and must not see that as a race.
pub fn mutex<T>(value: T) -> Mutex<T> {
    let mutex = Mutex::new(value);
    // SAFETY: only looked at.
    use_all(unsafe { mutex.raw() });
    mutex
}

/// A readers-writer lock, as above.
pub fn rw_lock<T>(value: T) -> RwLock<T> {
    let lock = RwLock::new(value);
    // SAFETY: only looked at.
    use_all(unsafe { lock.raw() });
    lock
}

/// An empty cell that is set once, as above.
pub fn once_lock<T>() -> OnceLock<T> {
    let once = OnceLock::new();
    assert!(once.get().is_none());
    let lock = primitive::raw(&once.lock);
    assert!(lock.try_lock());
    // SAFETY: taken just now.
    unsafe { lock.unlock() };
    once
}

/// A reentrant mutex, as above.
pub fn reentrant_mutex<T>(value: T) -> ReentrantMutex<T> {
    let mutex = ReentrantMutex::new(value);
    use_all(mutex.cell());
    drop(mutex.lock());
    mutex
}

/// A foreign mutex: one without a version.
pub type ForeignMutex<T> = lock_api::Mutex<primitive::RawMutex, T>;
/// A foreign readers-writer lock.
pub type ForeignRwLock<T> = lock_api::RwLock<primitive::RawRwLock, T>;

/// A foreign mutex, as above.
pub fn foreign_mutex<T>(value: T) -> ForeignMutex<T> {
    let mutex = ForeignMutex::new(value);
    assert!(mutex.try_lock().is_some());
    mutex
}

/// A foreign readers-writer lock, as above.
pub fn foreign_rw_lock<T>(value: T) -> ForeignRwLock<T> {
    let lock = ForeignRwLock::new(value);
    assert!(lock.try_read().is_some());
    lock
}

/// Uses all atomics of a cell.
fn use_all(cell: &impl Cell) {
    assert!(cell.is_still(0) && !cell.waiting().is_wanted());
}

/// Gives back what nobody can see any more, as the collector's thread does.
pub fn flush() {
    limbo::flush(limbo::now());
}

/// Collects until nothing is left to collect, then checks that all is gone.
pub fn expect_empty() {
    collect();
    collect();
    assert_eq!(in_use(), 0, "an object was lost");
}

/// Runs one collection over the objects that exist now, in any thread; returns the number of objects destroyed.
pub fn collect() -> usize {
    destroy_all([look()])
}

/// Two collections of which the second looks before what the first found is destroyed, as the real ones may overlap.
pub fn collect_overlapping() -> usize {
    let first = look();
    let second = look();
    destroy_all([first, second])
}

per_process! {
    /// As the real collector's: one look at a time.
    static FINDING: primitive::Mutex<()> = primitive::Mutex::new(())
}

/// What was found, and the finalisers to run.
struct Looked(Found, Option<Finalising>);

fn look() -> Looked {
    let _finding = FINDING.lock();
    let mut found = find(
        &Slots::new(placement::headers()),
        Scope::of(Generation::Old),
        Stopped,
        |_, _| (),
    );
    let finalising = Finalising::begin(&mut found);
    Looked(found, finalising)
}

/// What finalisers leave of what was found.
fn finalised(Looked(mut found, finalising): Looked) -> Found {
    if let Some(finalising) = finalising {
        finalising.finish(&mut found, |those| {
            let _finding = FINDING.lock();
            find(those, Scope::after_finalisers(), Stopped, |_, _| ())
        });
    }
    found
}

/// A violation that loom reports inside a drop arrives here as a count.
fn destroy_all<const N: usize>(looked: [Looked; N]) -> usize {
    let mut collected = 0;
    for looked in looked {
        let found = finalised(looked);
        assert_eq!(found.panics, 0, "a trace or a finaliser panicked");
        collected += found.garbage.len();
        assert_eq!(destroy(found), 0, "a drop panicked");
    }
    collected
}
