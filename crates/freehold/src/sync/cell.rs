//! The collector's side of a cell: its version, and the mutators that wait for it. Two parts, so that a lock's own byte finds
//! room between them.
//!
//! | field | written by | read by |
//! | --- | --- | --- |
//! | `version` | whoever acquired the cell for writing | the collector, while it holds the cell's lock |
//! | `waiting` | mutators about to wait for the lock | the collector, between edges |
//!
//! The lock orders all accesses to `version`: a collector that finds the same version at two times has seen the same
//! content, for nobody was inside in between. The version has 64 bits, and does not wrap.

use crate::pauses::timed;
use crate::primitive::{AtomicU32, AtomicU64, Ordering};

/// How often a cell was acquired for writing.
#[derive(Debug)]
pub(crate) struct Version(AtomicU64);

impl Version {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Version(AtomicU64::new(0))
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Version(AtomicU64::new(0))
    }

    /// Counts an acquisition for writing; by the holder of the lock.
    #[inline]
    pub(crate) fn bump(&self) {
        // Relaxed, and no read-modify-write: the cell's lock orders this with every other access.
        let version = self.0.load(Ordering::Relaxed);
        self.0.store(version.wrapping_add(1), Ordering::Relaxed);
    }

    /// The version now; by the collector, while it holds the lock.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The mutators that wait for a cell: their number, and a bit that says that the collector was inside meanwhile.
#[derive(Debug)]
pub(crate) struct Waiting(AtomicU32);

/// The collector was inside, and has seen that somebody waits.
const NOTICED: u32 = 1 << 31;

impl Waiting {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Waiting(AtomicU32::new(0))
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Waiting(AtomicU32::new(0))
    }

    /// Runs `wait`, which waits for the lock, with the collector asked to leave the cell.
    pub(crate) fn during<R>(&self, wait: impl FnOnce() -> R) -> R {
        // Relaxed: a request, seen soon; the collector leaves the cell in any case.
        self.0.fetch_add(1, Ordering::Relaxed);
        let wait = || (wait(), self.0.fetch_sub(1, Ordering::Relaxed) & NOTICED != 0);
        let (result, noticed) = timed(wait, |&(_, noticed)| noticed);
        if noticed {
            self.0.fetch_and(!NOTICED, Ordering::Relaxed);
        }
        result
    }

    /// Whether a mutator waits for the cell; by the collector, inside.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        let wanted = self.0.load(Ordering::Relaxed) & !NOTICED != 0;
        if wanted {
            self.0.fetch_or(NOTICED, Ordering::Relaxed);
        }
        wanted
    }
}
