//! Counts of the pool. They are brought up to date when a page fills, empties or changes hands, and every [`BATCH`] remote
//! frees of a thread; not at each operation.
//!
//! A page's `counted` says how many of its slots the process-wide count contains. A remote free takes its slot off the
//! process-wide count itself, since the owner may not look at the page for long, and off `counted` when the owner takes
//! the slot back; so `counted` may wrap below zero meanwhile, and differences are taken with wrapping.

use crate::page::{Kind, PAGE_SIZE, Page};
use crate::primitive::Ordering;
use crate::source::Range;
use std::cell::Cell;
use std::sync::atomic::AtomicIsize;

static IN_USE: [AtomicIsize; Kind::COUNT] = [const { AtomicIsize::new(0) }; Kind::COUNT];
static LARGE_BYTES: AtomicIsize = AtomicIsize::new(0);

/// What the pool holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes in pages that have slots or large blocks, used or not.
    pub committed: usize,
    /// Of these, bytes in empty pages kept ready for their size class.
    pub warm: usize,
    /// Of these, bytes that go back to the system at the end of the walks in progress.
    pub waiting: usize,
    /// Of these, bytes in large blocks in use.
    pub large: usize,
    /// Bytes of address space given back, ready for any size class.
    pub free: usize,
}

/// The state of the pool now. Cost: a lock, and O(free spans).
pub fn stats() -> Stats {
    let Some(range) = Range::existing() else {
        return Stats {
            committed: 0,
            warm: 0,
            waiting: 0,
            large: 0,
            free: 0,
        };
    };
    let state = range.state.lock();
    let (free, warm, waiting) = state.counts();
    Stats {
        committed: (range.frontier() - free) * PAGE_SIZE,
        warm: warm * PAGE_SIZE,
        waiting: waiting * PAGE_SIZE,
        large: LARGE_BYTES.load(Ordering::Relaxed).max(0) as usize,
        free: free * PAGE_SIZE,
    }
}

/// Slots of `kind` in use, process-wide, as last accounted: off by at most the slots that each thread has taken from its
/// current pages or freed to them since, and a few dozen remote frees. Cost: one load.
pub fn in_use(kind: Kind) -> usize {
    // Relaxed: a statistic.
    IN_USE[kind as usize - 1].load(Ordering::Relaxed).max(0) as usize
}

/// Adds what has changed in `page` since the last call; its owner only.
pub(crate) fn account(page: &Page) {
    let (used, counted) = (page.used.get(), page.counted.get());
    if let Some(kind) = page.kind()
        && used != counted
    {
        page.counted.set(used);
        let change = used.wrapping_sub(counted) as i32;
        IN_USE[kind as usize - 1].fetch_add(change as isize, Ordering::Relaxed);
    }
}

/// How many remote frees a thread counts by itself before it tells.
const BATCH: usize = 64;

/// A thread's remote frees that are not in the process-wide count yet, by kind.
#[derive(Default)]
pub(crate) struct Remote([Cell<usize>; Kind::COUNT]);

impl Remote {
    pub(crate) const fn new() -> Self {
        Remote([const { Cell::new(0) }; Kind::COUNT])
    }

    /// Counts one more.
    pub(crate) fn count(&self, kind: Kind) {
        let pending = &self.0[kind as usize - 1];
        pending.set(pending.get() + 1);
        if pending.get() >= BATCH {
            uncount(kind, pending.take());
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        for kind in [Kind::Traced, Kind::Leaf] {
            uncount(kind, self.0[kind as usize - 1].take());
        }
    }
}

/// Takes slots freed remotely off the process-wide count.
pub(crate) fn uncount(kind: Kind, slots: usize) {
    IN_USE[kind as usize - 1].fetch_sub(slots as isize, Ordering::Relaxed);
}

/// Counts `blocks` more large blocks, of `bytes` together.
pub(crate) fn count_large(kind: Kind, blocks: isize, bytes: isize) {
    IN_USE[kind as usize - 1].fetch_add(blocks, Ordering::Relaxed);
    LARGE_BYTES.fetch_add(bytes, Ordering::Relaxed);
}
