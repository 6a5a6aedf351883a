//! Collections of the process's heap: one at a time finds garbage; destruction runs outside the lock.

use super::{Found, HeapSpace, Real, background, destroy, destroy_orphans, find, pace};
use crate::gc::Collection;
use crate::header::Header;
use freehold_pool::Kind;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Held while garbage is found. No code of the user's runs under it, but for `trace`.
static FINDING: Mutex<()> = Mutex::new(());
/// The number of destructions in progress.
static DESTROYING: Mutex<usize> = Mutex::new(0);
static DESTROYED: Condvar = Condvar::new();
/// Objects that died while a census or capture looked at them, left to the collector: the drops of other threads' objects
/// are no business of a thread that only looks.
static LEFT: Mutex<Vec<Orphan>> = Mutex::new(Vec::new());

struct Orphan(NonNull<Header>);

// SAFETY: an object in a `Gc` may be dropped on any thread.
unsafe impl Send for Orphan {}

thread_local! {
    /// This thread is inside a collection: it runs a payload's drop, or (against the rules) a `trace` that collects.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

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

impl Totals {
    fn add(&self, collection: &Collection) {
        // Relaxed: statistics.
        self.collections.fetch_add(1, Ordering::Relaxed);
        self.collected.fetch_add(collection.collected as u64, Ordering::Relaxed);
        self.candidates
            .fetch_add(collection.candidates as u64, Ordering::Relaxed);
        self.revived.fetch_add(collection.revived as u64, Ordering::Relaxed);
        self.panics.fetch_add(collection.panics as u64, Ordering::Relaxed);
    }
}

/// Collects, after any collection that is in progress. Inside a collection (from a drop) it does nothing.
///
/// It waits until what earlier collections found is destroyed, too: handles in garbage that is on its way out count as
/// external, and would keep what they lead to.
pub(crate) fn collect() -> Collection {
    if INSIDE.get() {
        return Collection::default();
    }
    run(finding_with_nothing_to_destroy())
}

/// Collects, unless a collection is in progress.
pub(crate) fn try_collect() -> Option<Collection> {
    if INSIDE.get() {
        return None;
    }
    FINDING.try_lock().map(run)
}

/// The lock for finding, at a time when nothing is being destroyed. Waits without the lock, for drops may need a thread
/// that waits for it.
fn finding_with_nothing_to_destroy() -> MutexGuard<'static, ()> {
    loop {
        let finding = FINDING.lock();
        let mut destroying = DESTROYING.lock();
        if *destroying == 0 {
            return finding;
        }
        drop(finding);
        DESTROYED.wait(&mut destroying);
    }
}

/// Runs `look`, which may claim slots, while no garbage is being found, and leaves the orphans that it returns to the
/// collector. `None` if this thread itself is inside a collection that is finding it.
pub(crate) fn with_heap_still<R>(look: impl FnOnce() -> (R, Vec<NonNull<Header>>)) -> Option<R> {
    let (result, orphans) = {
        let _finding = if INSIDE.get() {
            FINDING.try_lock()?
        } else {
            FINDING.lock()
        };
        let _inside = Inside::enter();
        look()
    };
    if !orphans.is_empty() {
        LEFT.lock().extend(orphans.into_iter().map(Orphan));
        background::request();
    }
    Some(result)
}

/// Destroys what was left to the collector. On its own thread, and in collections that were asked for.
pub(crate) fn destroy_left() {
    let left = std::mem::take(&mut *LEFT.lock());
    if !left.is_empty() {
        let _inside = Inside::enter();
        let panics = destroy_orphans(left.into_iter().map(|Orphan(header)| header).collect());
        TOTALS.panics.fetch_add(panics as u64, Ordering::Relaxed);
    }
}

fn run(finding: MutexGuard<'_, ()>) -> Collection {
    let start = Instant::now();
    let _inside = Inside::enter();
    let found = find(&HeapSpace::of(&[Kind::Traced]), Real::start());
    let _destroying = Destroying::begin();
    drop(finding);
    destroy_left();
    let collection = finish(found, start);
    pace::collected(collection.candidates - collection.collected);
    collection
}

/// Destroys what was found, and counts.
fn finish(found: Found, start: Instant) -> Collection {
    let mut collection = Collection {
        collected: found.garbage.len(),
        candidates: found.candidates,
        revived: found.revived,
        gave_up: found.gave_up,
        panics: found.panics,
        duration: Duration::ZERO,
    };
    collection.panics += destroy(found);
    collection.duration = start.elapsed();
    TOTALS.add(&collection);
    collection
}

/// Waits until a collection ends, at most `patience`. Inside a collection it does nothing.
pub(crate) fn wait_for_collection(patience: Duration) {
    if !INSIDE.get() {
        DESTROYED.wait_for(&mut DESTROYING.lock(), patience);
    }
}

/// A destruction in progress.
struct Destroying;

impl Destroying {
    fn begin() -> Self {
        *DESTROYING.lock() += 1;
        Destroying
    }
}

impl Drop for Destroying {
    fn drop(&mut self) {
        *DESTROYING.lock() -= 1;
        DESTROYED.notify_all();
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
