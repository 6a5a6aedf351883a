//! The collector's side of a cell: its version, and the mutators that wait for it.
//!
//! | field | written by | read by |
//! | --- | --- | --- |
//! | `version` | whoever acquired the cell for writing | the collector, while it holds the cell's lock |
//! | `waiting` | mutators about to wait for the lock | the collector, between edges |
//!
//! The lock orders all accesses to `version`: a collector that finds the same version at two times has seen the same
//! content, for nobody was inside in between. The version wraps after 2³² acquisitions; a collection gives up its
//! verdict long before that many fit between its two looks.

use crate::primitive::{AtomicU32, Ordering};

/// What a cell keeps for the collector. Eight bytes.
#[derive(Debug)]
pub(crate) struct CellState {
    version: AtomicU32,
    waiting: AtomicU32,
}

impl CellState {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        CellState {
            version: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
        }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        CellState {
            version: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
        }
    }

    /// Counts an acquisition for writing; by the holder of the lock.
    #[inline]
    pub(crate) fn bump(&self) {
        // Relaxed, and no read-modify-write: the cell's lock orders this with every other access.
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
    }

    /// How often the cell was acquired for writing; by the collector, while it holds the lock.
    pub(crate) fn version(&self) -> u32 {
        self.version.load(Ordering::Relaxed)
    }

    /// Runs `wait`, which waits for the lock, with the collector asked to leave the cell.
    pub(crate) fn wait<R>(&self, wait: impl FnOnce() -> R) -> R {
        // Relaxed: a request, seen soon; the collector leaves the cell in any case.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let result = wait();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        result
    }

    /// Whether a mutator waits for the cell.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }
}
