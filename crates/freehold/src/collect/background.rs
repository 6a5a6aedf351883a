//! The background collector: one thread, started at first need, that sleeps until a collection is due.

use super::{control, pace};
use crate::fork;
use crate::primitive::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, MutexGuard};
use std::thread;

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
    }
}

/// Asks for a collection.
pub(super) fn request() {
    // Relaxed: only the first of several requests has to get through; the lock orders the rest.
    if REQUESTED.swap(true, Ordering::Relaxed) {
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
            Err(_) => REQUESTED.store(false, Ordering::Relaxed),
        },
    }
}

/// However the collector's thread ends, the next request starts another.
struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        *COLLECTOR.lock() = Collector::Absent;
        REQUESTED.store(false, Ordering::Relaxed);
    }
}

fn run() {
    let _ended = Ended;
    loop {
        let mut collector = COLLECTOR.lock();
        while !REQUESTED.swap(false, Ordering::Relaxed) {
            collector = COLLECTOR.wait(&WAKE, collector, None);
        }
        drop(collector);
        control::destroy_left();
        while let Some(generation) = pace::due() {
            control::collect(generation);
        }
    }
}
