//! The background collector: one thread, started at first need, that sleeps until a collection is due.

use super::{control, pace};
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[derive(PartialEq, Eq)]
enum Collector {
    /// Not started; the process that would start it is this one.
    Absent,
    /// Running in the process with this id. A forked child has another, and no such thread.
    Running(u32),
    /// The system refused a thread: allocating threads collect by themselves.
    Refused,
}

static COLLECTOR: Mutex<Collector> = Mutex::new(Collector::Absent);
static WAKE: Condvar = Condvar::new();
/// A request is pending, so that threads past the trigger do not queue up at the lock.
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks for a collection.
pub(super) fn request() {
    // Relaxed: only the first of several requests has to get through; the lock orders the rest.
    if REQUESTED.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut collector = COLLECTOR.lock();
    let here = std::process::id();
    match *collector {
        Collector::Running(process) if process == here => {
            WAKE.notify_one();
        }
        Collector::Refused => {
            drop(collector);
            control::try_collect();
            REQUESTED.store(false, Ordering::Relaxed);
        }
        _ => {
            let started = thread::Builder::new().name("freehold-gc".into()).spawn(run);
            *collector = if started.is_ok() {
                Collector::Running(here)
            } else {
                Collector::Refused
            };
        }
    }
}

fn run() {
    loop {
        let mut collector = COLLECTOR.lock();
        while !REQUESTED.swap(false, Ordering::Relaxed) {
            WAKE.wait(&mut collector);
        }
        drop(collector);
        while pace::is_due() {
            control::collect();
        }
    }
}
