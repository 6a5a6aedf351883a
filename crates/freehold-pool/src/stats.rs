//! Counts of the pool. They are brought up to date when a page fills, empties or changes hands, and every [`BATCH`] remote
//! frees of a thread; not at each operation.
//!
//! A page's `counted` says how many of its slots the process-wide count contains. A remote free takes its slot off the
//! process-wide count itself, since the owner may not look at the page for long, and off `counted` when the owner takes
//! the slot back; so `counted` may wrap below zero meanwhile, and differences are taken with wrapping.

use crate::orphans;
use crate::page::{Kind, PAGE_SIZE, Page};
use crate::primitive::Ordering;
use crate::range::Range;
use crate::size_class::{CLASSES, SizeClass};
use crate::source::bin_of;
use crate::spans::Pages;
use std::cell::Cell;
use std::sync::atomic::AtomicIsize;

static IN_USE: [AtomicIsize; Kind::COUNT] = [const { AtomicIsize::new(0) }; Kind::COUNT];

/// What the pool holds. Bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// In pages that have memory: with slots or blocks, used or not, and empty ones.
    pub committed: usize,
    /// Of these, in empty pages kept ready: for their size class, or for any, or for a thread's next large block.
    pub kept: usize,
    /// Of these, in empty pages that walks in progress keep from being used otherwise.
    pub waiting: usize,
    /// Of these, in blocks of whole pages in use.
    pub large: usize,
    /// Address space that was in use and was given back, ready for any use.
    pub free: usize,
    /// Size class by size class, objects first; those that have pages.
    pub classes: Vec<ClassStats>,
}

/// What the pool holds in pages of one size class and kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ClassStats {
    /// The size class.
    pub class: SizeClass,
    /// What the pages are for.
    pub kind: Kind,
    /// Slots in use, or freed by other threads and not taken back yet.
    pub live: usize,
    /// Slots that can be handed out, of those that ever were.
    pub free: usize,
    /// Bytes of the pages, as far as they were ever in use.
    pub committed: usize,
    /// Slots freed by other threads than their page's, since the process began, as they were taken back; wraps at 2³².
    pub remote_frees: u32,
}

impl ClassStats {
    fn new(class: SizeClass, kind: Kind) -> Self {
        ClassStats {
            class,
            kind,
            live: 0,
            free: 0,
            committed: 0,
            remote_frees: 0,
        }
    }

    /// The part of the committed bytes that is not in slots in use: 0 for none, 1 for all.
    pub fn fragmentation(&self) -> f64 {
        let live = self.live * self.class.size();
        1.0 - live.min(self.committed) as f64 / self.committed.max(1) as f64
    }

    fn add(&mut self, page: &Page) {
        let (extent, used) = (page.extent() as usize, page.used.get() as usize);
        self.live += used.min(extent);
        self.free += extent.saturating_sub(used);
        self.committed += extent * self.class.size();
    }
}

/// The state of the pool now, while other threads change it: each number was right at some moment. Cost: O(pages).
pub fn stats() -> Stats {
    let Some(range) = Range::existing() else {
        return Stats::default();
    };
    let kinds = [Kind::Traced, Kind::Leaf, Kind::Raw];
    let bins = kinds
        .into_iter()
        .flat_map(|kind| SizeClass::all().map(move |class| (class, kind)));
    let mut classes: Vec<_> = bins.map(|(class, kind)| ClassStats::new(class, kind)).collect();
    let (mut large, mut shelved) = (0, 0);
    for index in 0..range.frontier() {
        let page = range.page(index);
        let Some(kind) = page.kind() else { continue };
        if page.is_large() {
            large += page.span();
        } else if let Some(class) = SizeClass::for_size(page.stride()) {
            classes[bin_of(class, kind)].add(page);
        }
    }
    for heap in orphans::heaps() {
        shelved += heap.shelf.pages();
        for (class, bin) in classes.iter_mut().zip(&heap.bins) {
            class.remote_frees = class.remote_frees.wrapping_add(bin.remote_frees.get());
        }
    }
    debug_assert_eq!(classes.len(), CLASSES * Kind::COUNT);
    classes.retain(|class| class.committed > 0 || class.remote_frees > 0);
    let unused = range.state.lock().unused();
    Stats {
        committed: range.end().saturating_sub(unused.clean) * PAGE_SIZE,
        kept: (unused.dirty + unused.warm + shelved) * PAGE_SIZE,
        waiting: unused.waiting * PAGE_SIZE,
        large: large * PAGE_SIZE,
        free: unused.clean * PAGE_SIZE,
        classes,
    }
}

/// Slots of a kind of objects in use, process-wide, as last accounted: off by at most the slots that each thread has taken from its
/// current pages or freed to them since, and a few dozen remote frees. Cost: one load.
pub fn in_use(kind: Kind) -> usize {
    // Relaxed: a statistic.
    IN_USE[kind as usize - 1].load(Ordering::Relaxed).max(0) as usize
}

/// Adds what has changed in `page` since the last call; its owner only.
pub(crate) fn account(page: &Page) {
    let (used, counted) = (page.used.get(), page.counted.get());
    if used != counted
        && let Some(kind) = page.kind()
        && kind != Kind::Raw
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

/// Counts `blocks` more large objects.
pub(crate) fn count_large(kind: Kind, blocks: isize) {
    if kind != Kind::Raw {
        IN_USE[kind as usize - 1].fetch_add(blocks, Ordering::Relaxed);
    }
}
