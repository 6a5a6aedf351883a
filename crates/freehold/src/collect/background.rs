//! The background collector: one thread, started at first need, that sleeps until a collection is due.

use super::{control, limbo, pace};
use crate::fork;
use crate::lockfree::limbo::Left;
use crate::primitive::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, MutexGuard};
use std::thread;
use std::time::Duration;

/// The collector's stack: drops of the user's run on it.
const STACK: usize = 8 << 20;

enum Collector {
    /// Not started in this process.
    Absent,
    /// Running.
    Running,
}

static COLLECTOR: Mutex<Collector> = Mutex::new(Collector::Absent);
static WAKE: Condvar = Condvar::new();
/// A request is pending, so that threads past the trigger do not queue up at the lock.
static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Values wait to be dropped.
static SOON: AtomicBool = AtomicBool::new(false);

/// How long they wait, at most, so that threads which retire one after another do not wake the collector each time.
const DELAY: Duration = Duration::from_millis(10);

/// The collector's lock, held across a fork.
pub(crate) struct Held {
    collector: MutexGuard<'static, Collector>,
}

/// Takes the lock.
pub(crate) fn hold() -> Held {
    Held {
        collector: COLLECTOR.lock(),
    }
}

impl Held {
    /// The child has no collector, and whoever asked for one asked another.
    pub(crate) fn start_anew(mut self) {
        *self.collector = Collector::Absent;
        REQUESTED.store(false, Ordering::Relaxed);
        SOON.store(false, Ordering::Relaxed);
    }
}

/// Asks for a collection.
pub(super) fn request() {
    wake(&REQUESTED);
}

/// Asks for values in limbo to be dropped, within [`DELAY`] or so.
#[inline]
pub(super) fn request_soon() {
    if !SOON.load(Ordering::Relaxed) {
        wake(&SOON);
    }
}

#[cold]
fn wake(request: &AtomicBool) {
    // Relaxed: only the first of several requests has to get through; the lock orders the rest.
    if request.swap(true, Ordering::Relaxed) {
        return;
    }
    fork::register();
    let mut collector = COLLECTOR.lock();
    match *collector {
        Collector::Running => WAKE.notify_one(),
        Collector::Absent => match thread::Builder::new()
            .name("freehold-gc".into())
            .stack_size(STACK)
            .spawn(run)
        {
            Ok(_) => *collector = Collector::Running,
            // The system has no thread for us now: ask again at the next occasion.
            Err(_) => request.store(false, Ordering::Relaxed),
        },
    }
}

/// However the collector's thread ends, the next request starts another.
struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        *COLLECTOR.lock() = Collector::Absent;
        REQUESTED.store(false, Ordering::Relaxed);
        SOON.store(false, Ordering::Relaxed);
    }
}

fn run() {
    let _ended = Ended;
    loop {
        wait_for_work();
        // Before the values are taken, so that whoever retires one after that asks again.
        if SOON.swap(false, Ordering::Relaxed) && limbo::flush() != Left::Nothing {
            SOON.store(true, Ordering::Relaxed);
        }
        control::destroy_left();
        while !pace::is_inline()
            && let Some(generation) = pace::due()
        {
            control::collect(generation);
        }
    }
}

/// Returns when a collection was asked for, or values have waited long enough.
fn wait_for_work() {
    let mut collector = COLLECTOR.lock();
    while !REQUESTED.swap(false, Ordering::Relaxed) {
        let soon = SOON.load(Ordering::Relaxed);
        collector = COLLECTOR.wait(&WAKE, collector, soon.then_some(DELAY));
        if soon {
            return;
        }
    }
}
