//! The background collector: one thread, started at first need, that sleeps until a collection is due.

use super::{control, pace};
use crate::primitive::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, PoisonError};
use std::thread;

/// The collector's stack: drops of the user's run on it.
const STACK: usize = 8 << 20;

#[derive(PartialEq, Eq)]
enum Collector {
    /// Not started; the process that would start it is this one.
    Absent,
    /// Running in the process with this id. A forked child has another, and no such thread.
    Running(u32),
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
        _ => match thread::Builder::new()
            .name("freehold-gc".into())
            .stack_size(STACK)
            .spawn(run)
        {
            Ok(_) => *collector = Collector::Running(here),
            // The system has no thread for us now: ask again at the next occasion.
            Err(_) => REQUESTED.store(false, Ordering::Relaxed),
        },
    }
}

fn run() {
    loop {
        let mut collector = COLLECTOR.lock();
        while !REQUESTED.swap(false, Ordering::Relaxed) {
            collector = WAKE.wait(collector).unwrap_or_else(PoisonError::into_inner);
        }
        drop(collector);
        control::destroy_left();
        while let Some(generation) = pace::due() {
            control::collect(generation);
        }
    }
}
