//! Tests that look at the inside of the pool. It is the process's, so each test has it for itself: see [`alone`].

mod census;
mod model;
mod oracle;
mod out_of_memory;
mod worker;

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs a test with the pool for itself, in a thread of its own, which has left its heap when the next test begins.
fn alone(test: impl FnOnce() + Send) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = thread::scope(|scope| scope.spawn(test).join());
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}
