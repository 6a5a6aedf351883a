//! The detector's state, behind one lock: the threads, the lock-order graph, what was found, and whom to tell.
//!
//! The lock is taken for a new order, for a wait of a thread that holds something, and for the end of a lock or of a thread. It is
//! the last to be taken but for the allocator's: nothing of the user's runs under it, callbacks among that. An allocator that
//! waits for one of these locks would wait in vain; but so would it for any of parking_lot's, which allocate when they wait.
//!
//! *Fork.* The lock is held across it, after everything else that a fork takes but the heap's own locks: registered
//! right after those, before `main`, it is prepared after all handlers of the program's. The child has one thread,
//! and forgets the others: a lock that one of them held is nobody's in the child, and who waits for it waits unexplained.

use super::acquisition::Acquisition;
use super::order::Graph;
use super::report::{Deadlock, Inversion, Order};
use super::thread::{Record, is_own, set_busy, set_reporting, while_busy};
use crate::gc::events::guarded;
use crate::primitive::Mutex;
use freehold_pool::fork::{Forking, at_fork};
use std::sync::{Arc, MutexGuard};

/// How many findings of a sort are kept.
const KEPT: usize = 100;

/// What the detector knows.
pub(super) struct Detector {
    pub(super) threads: Vec<Arc<Record>>,
    graph: Graph,
    pub(super) inversions: Findings<Inversion>,
    pub(super) deadlocks: Findings<Deadlock>,
    last_callback: u64,
}

pub(super) static DETECTOR: Mutex<Detector> = Mutex::new(Detector {
    threads: Vec::new(),
    graph: Graph::new(),
    inversions: Findings::new(),
    deadlocks: Findings::new(),
    last_callback: 0,
});

impl Detector {
    /// Records that a thread wants a lock while it holds another.
    pub(super) fn record_order(
        &mut self,
        record: &Record,
        held: Acquisition,
        wanted: Acquisition,
    ) -> Option<Finding<Inversion>> {
        let thread = record.thread.clone();
        let inversion = self.graph.record(Order { thread, held, wanted })?;
        Some(self.inversions.add(inversion))
    }

    /// Forgets the orders of a lock that is no more.
    pub(super) fn forget(&mut self, number: u64) {
        self.graph.remove(number);
    }

    /// Forgets threads that have ended, and hold nothing.
    pub(super) fn remove_spent(&mut self) {
        self.threads.retain(|record| !record.is_spent());
    }

    pub(super) fn next_callback(&mut self) -> u64 {
        self.last_callback += 1;
        self.last_callback
    }
}

/// Somebody to be told.
pub(super) type Callback<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// What was found, of one sort, and whom to tell.
pub(super) struct Findings<T> {
    /// The first of them.
    kept: Vec<T>,
    callbacks: Vec<(u64, Callback<T>)>,
}

impl<T: Clone> Findings<T> {
    const fn new() -> Self {
        Findings {
            kept: Vec::new(),
            callbacks: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, found: T) -> Finding<T> {
        if self.kept.len() < KEPT {
            self.kept.push(found.clone());
        }
        let callbacks = self.callbacks.iter().map(|(_, callback)| callback.clone()).collect();
        Finding { found, callbacks }
    }

    pub(super) fn kept(&self) -> Vec<T> {
        self.kept.clone()
    }

    pub(super) fn register(&mut self, id: u64, callback: Callback<T>) {
        self.callbacks.push((id, callback));
    }

    /// The callback that had this number.
    pub(super) fn remove(&mut self, id: u64) -> Option<Callback<T>> {
        let at = self.callbacks.iter().position(|(listed, _)| *listed == id)?;
        Some(self.callbacks.remove(at).1)
    }
}

/// Something that was found, to be told when no lock of the detector's is held.
#[must_use = "somebody is to be told"]
pub(super) struct Finding<T> {
    found: T,
    callbacks: Vec<Callback<T>>,
}

impl<T> Finding<T> {
    /// Runs the callbacks. What they take makes no orders, and their panics end here: the lock that the thread is about to take
    /// may be owed to a guard that is there already.
    pub(super) fn tell(self) {
        let before = set_reporting(true);
        let Finding { found, callbacks } = self;
        for callback in callbacks {
            let found = &found;
            // Moved inside, for it may be the last to have the callback.
            guarded(move || callback(found));
        }
        set_reporting(before);
    }
}

/// Takes the detector's lock, for a look or a change from outside.
pub(super) fn with_detector<R>(work: impl FnOnce(&mut Detector) -> R) -> R {
    crate::fork::register();
    while_busy(|| work(&mut DETECTOR.lock()))
}

/// Takes part in forks from now on. Called before `main` where the linker lets us, right after the heap's own locks, so that what
/// the program itself takes in a fork is taken before this lock.
#[cold]
pub(crate) fn register_now() {
    // Should the system have no memory for three addresses, a fork is as safe as it is without us.
    let _ = at_fork(prepare, parent, child);
}

/// What the thread that forks holds meanwhile, and whether the detector was at work on it.
static HELD: Forking<(MutexGuard<'static, Detector>, bool)> = Forking::new();

extern "C" fn prepare() {
    // Locks that other handlers take until the fork is over are not looked at.
    let was_busy = set_busy(true);
    let held = (DETECTOR.lock(), was_busy);
    // SAFETY: the lock is ours, so no other thread forks.
    unsafe { HELD.put(held) };
}

extern "C" fn parent() {
    // SAFETY: put there by `prepare`, on this thread.
    if let Some((detector, was_busy)) = unsafe { HELD.take() } {
        drop(detector);
        set_busy(was_busy);
    }
}

extern "C" fn child() {
    // SAFETY: as above.
    if let Some((mut detector, was_busy)) = unsafe { HELD.take() } {
        // The others' threads have a share in their records, which so stay as they are, half changed perhaps.
        detector.threads.retain(|record| is_own(record));
        drop(detector);
        set_busy(was_busy);
    }
}
