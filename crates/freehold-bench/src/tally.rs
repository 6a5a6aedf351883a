//! Counts the nodes that are alive, in runs that are not timed.
//!
//! A node carries a [`Tally`]; the one for timed runs has no size and no code, so that counting costs a measurement
//! nothing. Only the difference between creations and drops is kept.

use std::sync::atomic::{AtomicI64, Ordering};

static ALIVE: AtomicI64 = AtomicI64::new(0);

/// A part of a node, counted while it exists if `COUNTED`.
pub struct Tally<const COUNTED: bool>(());

impl<const COUNTED: bool> Tally<COUNTED> {
    /// Counts one more node.
    pub fn new() -> Self {
        if COUNTED {
            // Relaxed: only the sum matters, and it is read when all threads are joined.
            ALIVE.fetch_add(1, Ordering::Relaxed);
        }
        Self(())
    }
}

impl<const COUNTED: bool> Drop for Tally<COUNTED> {
    fn drop(&mut self) {
        if COUNTED {
            // Relaxed: as above.
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Counted nodes that exist.
pub fn alive() -> i64 {
    ALIVE.load(Ordering::Relaxed)
}
