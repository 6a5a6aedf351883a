//! Numbers by which the collector knows a node again: one whose address is used by another node later has another number.
//!
//! A node gets its number when the collector first looks at it; so the threads that use the structure pay nothing for it.

use crate::primitive::{AtomicU64, Ordering, per_process};

per_process! {
    /// The next number. 64 bits do not wrap.
    static NEXT: AtomicU64 = AtomicU64::new(1)
}

/// A node's number; 0: none yet.
#[derive(Debug)]
pub(super) struct Serial(AtomicU64);

impl Serial {
    #[inline]
    pub(super) fn new() -> Self {
        Serial(AtomicU64::new(0))
    }

    /// The number; by the collector, while it is [present](super::presence) in the structure.
    pub(super) fn get(&self) -> u64 {
        // Relaxed: lookers come one after another, ordered by their presence. And the numbers are different, no more.
        match self.0.load(Ordering::Relaxed) {
            0 => {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                self.0.store(number, Ordering::Relaxed);
                number
            }
            number => number,
        }
    }
}
