//! Collections of the process's heap: one at a time finds garbage; destruction runs outside the lock.

use super::{Found, HeapSpace, destroy, find, pace};
use crate::gc::Collection;
use freehold_pool::Kind;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Held while garbage is found.
static FINDING: Mutex<()> = Mutex::new(());
/// The number of destructions in progress.
static DESTROYING: Mutex<usize> = Mutex::new(0);
static DESTROYED: Condvar = Condvar::new();

thread_local! {
    /// This thread is inside a collection: it runs a payload's drop, or (against the rules) a `trace` that collects.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// A collection whose looks lie further apart gives up: a version might wrap. 2³² clones of one object take longer than
/// 15 s on any machine, at more than 3.5 ns for each contended or uncontended atomic addition.
const LONGEST: Duration = Duration::from_secs(10);

/// Totals over all collections.
pub(crate) struct Totals {
    pub(crate) collections: AtomicU64,
    pub(crate) collected: AtomicU64,
    pub(crate) candidates: AtomicU64,
    pub(crate) revived: AtomicU64,
    pub(crate) panics: AtomicU64,
}

pub(crate) static TOTALS: Totals = Totals {
    collections: AtomicU64::new(0),
    collected: AtomicU64::new(0),
    candidates: AtomicU64::new(0),
    revived: AtomicU64::new(0),
    panics: AtomicU64::new(0),
};

/// Collects, after any collection that is in progress. Inside a collection (from a drop) it does nothing.
///
/// It waits until what earlier collections found is destroyed, too: handles in garbage that is on its way out count as
/// external, and would keep what they lead to.
pub(crate) fn collect() -> Collection {
    if INSIDE.get() {
        return Collection::default();
    }
    let finding = FINDING.lock();
    wait_for_destruction();
    run(finding)
}

/// Collects, unless a collection is in progress.
pub(crate) fn try_collect() -> Option<Collection> {
    if INSIDE.get() {
        return None;
    }
    FINDING.try_lock().map(run)
}

/// Runs `look`, which may claim slots, while no garbage is being found. `None` if this thread itself is finding it.
pub(crate) fn with_heap_still<R>(look: impl FnOnce() -> R) -> Option<R> {
    let _finding = if INSIDE.get() {
        FINDING.try_lock()?
    } else {
        FINDING.lock()
    };
    let _inside = Inside::enter();
    Some(look())
}

fn run(finding: MutexGuard<'_, ()>) -> Collection {
    let start = Instant::now();
    let _inside = Inside::enter();
    let found = find(&HeapSpace::of(&[Kind::Traced]), || start.elapsed() < LONGEST);
    *DESTROYING.lock() += 1;
    drop(finding);
    let collection = finish(found, start);
    pace::collected(collection.candidates - collection.collected);
    *DESTROYING.lock() -= 1;
    DESTROYED.notify_all();
    collection
}

/// Destroys what was found, and counts.
fn finish(found: Found, start: Instant) -> Collection {
    let mut collection = Collection {
        collected: found.garbage.len(),
        candidates: found.candidates,
        revived: found.revived,
        panics: found.panics,
        duration: Duration::ZERO,
    };
    collection.panics += destroy(found);
    collection.duration = start.elapsed();
    // Relaxed: statistics.
    TOTALS.collections.fetch_add(1, Ordering::Relaxed);
    TOTALS
        .collected
        .fetch_add(collection.collected as u64, Ordering::Relaxed);
    TOTALS
        .candidates
        .fetch_add(collection.candidates as u64, Ordering::Relaxed);
    TOTALS.revived.fetch_add(collection.revived as u64, Ordering::Relaxed);
    TOTALS.panics.fetch_add(collection.panics as u64, Ordering::Relaxed);
    collection
}

/// Waits until what earlier collections found is destroyed. No collection begins meanwhile, since the caller holds the lock
/// for finding; destroying does not need it.
fn wait_for_destruction() {
    let mut destroying = DESTROYING.lock();
    while *destroying > 0 {
        DESTROYED.wait(&mut destroying);
    }
}

/// Waits until a collection ends, at most `patience`. Inside a collection it does nothing.
pub(crate) fn wait_for_collection(patience: Duration) {
    if !INSIDE.get() {
        DESTROYED.wait_for(&mut DESTROYING.lock(), patience);
    }
}

/// Marks the thread as being inside a collection.
struct Inside {
    before: bool,
}

impl Inside {
    fn enter() -> Inside {
        Inside {
            before: INSIDE.replace(true),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.before);
    }
}
