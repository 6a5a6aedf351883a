//! The source of pages: one reserved range, spans of free pages, and the grace period.
//!
//! A span that comes back is *decommitted* (its memory given to the system, so that it reads as zero) and becomes free for
//! any class. That breaks two promises that walkers rely on: a slot's header word stays where it is, and its clone
//! version never goes back. So it happens only while no [`Walk`](crate::Walk) is in progress; until then the span waits in
//! `waiting`, its pages still of their class, their headers in place. Walks begin and end under the same lock, so a
//! span is never decommitted inside one.
//!
//! Pages of slots that come back are kept, up to [`WARM`] for each bin, as they are: a heap that needs one of the same
//! class takes it with its free list and versions intact, which needs no grace period and no system call.

use crate::fork::{self, Lock};
use crate::fresh::FreshBit;
use crate::os;
use crate::page::{Kind, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::primitive::{AtomicU64, Ordering};
use crate::size_class::{CLASSES, SizeClass};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;
use std::sync::{MutexGuard, OnceLock};

/// Empty pages kept ready for each bin: one megabyte, enough to absorb an oscillation around a full heap.
const WARM: usize = 16;

/// The address space asked for at first; halved until the system agrees.
const RESERVE: usize = if cfg!(target_pointer_width = "64") {
    256 << 30
} else {
    1 << 30
};
const RESERVE_LEAST: usize = 64 << 20;

/// The number of bins: a size class for each kind.
pub(crate) const BINS: usize = CLASSES * Kind::COUNT;

/// The bin of a class and kind.
#[inline]
pub(crate) const fn bin_of(class: SizeClass, kind: Kind) -> usize {
    class.index() + if matches!(kind, Kind::Leaf) { CLASSES } else { 0 }
}

/// The reserved range, and before it the table of descriptors and the bitmap of fresh pages.
pub(crate) struct Range {
    pub(crate) base: NonNull<u8>,
    table: NonNull<Page>,
    fresh: NonNull<AtomicU64>,
    pages: usize,
    /// Pages from here on have never been used.
    frontier: AtomicUsize,
    pub(crate) state: Lock<State>,
}

// SAFETY: `base` and `table` are fixed addresses of a mapping that is never unmapped; what they point at has its own rules.
unsafe impl Send for Range {}
// SAFETY: as above.
unsafe impl Sync for Range {}

/// What the source's lock guards.
#[derive(Default)]
pub(crate) struct State {
    /// Free spans, decommitted: first page → number of pages. Neighbours are merged.
    free: BTreeMap<usize, usize>,
    /// Spans that wait for the end of the walks in progress.
    waiting: Vec<(usize, usize)>,
    /// Empty pages that keep their class, by bin.
    warm: Vec<Vec<usize>>,
    walks: usize,
}

impl State {
    /// Pages that are free, kept warm, or wait for the end of a walk.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let waiting = self.waiting.iter().map(|&(_, pages)| pages).sum();
        (self.free.values().sum(), self.warm.iter().map(Vec::len).sum(), waiting)
    }
}

static RANGE: OnceLock<Range> = OnceLock::new();
static RESERVING: Lock<()> = Lock::new(());

/// The source's locks, held across a fork.
pub(crate) struct Held {
    _reserving: MutexGuard<'static, ()>,
    _state: Option<MutexGuard<'static, State>>,
}

/// Takes the source's locks.
pub(crate) fn hold() -> Held {
    let reserving = RESERVING.lock();
    Held {
        _reserving: reserving,
        _state: RANGE.get().map(|range| range.state.lock()),
    }
}

/// The process's range, reserved at first use; `None` if address space could not be had. A refusal is not remembered.
pub(crate) fn range() -> Option<&'static Range> {
    if let Some(range) = RANGE.get() {
        return Some(range);
    }
    let _one = RESERVING.lock();
    if RANGE.get().is_none() {
        let _ = RANGE.set(Range::reserve()?);
        fork::register();
    }
    RANGE.get()
}

impl Range {
    /// The range, if it was reserved.
    #[inline]
    pub(crate) fn existing() -> Option<&'static Range> {
        RANGE.get()
    }

    fn reserve() -> Option<Range> {
        let mut bytes = RESERVE;
        let start = loop {
            if let Some(start) = os::reserve(bytes, PAGE_SIZE) {
                break start;
            }
            bytes /= 2;
            if bytes < RESERVE_LEAST {
                return None;
            }
        };
        // For `Page::of_link`.
        start.as_ptr().expose_provenance();
        let table_bytes = (bytes / PAGE_SIZE * size_of::<Page>()).next_multiple_of(PAGE_SIZE);
        let fresh_bytes = (bytes / PAGE_SIZE).div_ceil(8).next_multiple_of(PAGE_SIZE);
        Some(Range {
            // SAFETY: table and bitmap are a small part of the reservation.
            base: unsafe { start.add(table_bytes + fresh_bytes) },
            table: start.cast(),
            // SAFETY: as above.
            fresh: unsafe { start.add(table_bytes) }.cast(),
            pages: (bytes - table_bytes - fresh_bytes) / PAGE_SIZE,
            frontier: AtomicUsize::new(0),
            state: Lock::new(State {
                warm: (0..BINS).map(|_| Vec::new()).collect(),
                ..State::default()
            }),
        })
    }

    /// The descriptor of page `index`, which lies below `pages`.
    #[inline]
    pub(crate) fn page(&self, index: usize) -> &'static Page {
        debug_assert!(index < self.pages);
        // SAFETY: in bounds of the table, which is zeroed, and a zeroed descriptor is a free page; never unmapped.
        unsafe { self.table.add(index).as_ref() }
    }

    /// 64 bits of the bitmap of fresh pages; those of the pages from `64 * index` on, which lie below `pages`.
    #[inline]
    pub(crate) fn fresh_word(&self, index: usize) -> &'static AtomicU64 {
        debug_assert!(index * 64 < self.pages);
        // SAFETY: in bounds of the bitmap, which is zeroed; never unmapped.
        unsafe { self.fresh.add(index).as_ref() }
    }

    /// Whether page `index` is fresh.
    pub(crate) fn fresh_bit(&self, index: usize) -> FreshBit<'static> {
        FreshBit::new(self.fresh_word(index / 64), index)
    }

    /// Which page an address of the range lies in.
    #[inline]
    pub(crate) fn index_of(&self, address: usize) -> usize {
        (address - self.base.as_ptr() as usize) >> PAGE_SHIFT
    }

    /// The number of `page`, a descriptor of this table.
    pub(crate) fn number(&self, page: &Page) -> usize {
        (std::ptr::from_ref(page) as usize - self.table.as_ptr() as usize) / size_of::<Page>()
    }

    /// The number of pages ever used.
    pub(crate) fn frontier(&self) -> usize {
        // Relaxed: a page that comes to be after the look is none of the looker's concern.
        self.frontier.load(Ordering::Relaxed)
    }

    /// The first byte of page `index`.
    pub(crate) fn start(&self, index: usize) -> *mut u8 {
        // SAFETY: pages lie within the reservation.
        unsafe { self.base.as_ptr().add(index << PAGE_SHIFT) }
    }

    /// A page for slots of `class`, set up; without owner. `None`: no memory.
    pub(crate) fn take_page(&self, class: SizeClass, kind: Kind) -> Option<&'static Page> {
        let bin = bin_of(class, kind);
        let mut state = self.state.lock();
        if let Some(index) = state.warm[bin].pop() {
            return Some(self.page(index));
        }
        let index = self.take_span(&mut state, 1)?;
        drop(state);
        let page = self.page(index);
        page.bin.set(bin as u8);
        page.set_up_slots(kind, class.size());
        Some(page)
    }

    /// Takes an empty page of slots back.
    pub(crate) fn give_page(&self, page: &'static Page) {
        debug_assert_eq!(page.used.get(), 0);
        let (index, bin) = (self.number(page), page.bin.get() as usize);
        page.set_owner(std::ptr::null_mut());
        let mut state = self.state.lock();
        if state.warm[bin].len() < WARM {
            state.warm[bin].push(index);
        } else {
            self.retire(&mut state, index, 1);
        }
    }

    /// A span of `pages` decommitted pages, the lowest that fits; `None`: the range is used up.
    pub(crate) fn take_span(&self, state: &mut State, pages: usize) -> Option<usize> {
        if let Some((&start, &length)) = state.free.iter().find(|&(_, &length)| length >= pages) {
            state.free.remove(&start);
            if length > pages {
                state.free.insert(start + pages, length - pages);
            }
            return Some(start);
        }
        let start = self.frontier();
        let end = start.checked_add(pages).filter(|&end| end <= self.pages)?;
        self.frontier.store(end, Ordering::Relaxed);
        Some(start)
    }

    /// Takes a span back, at once or at the end of the walks in progress.
    pub(crate) fn retire(&self, state: &mut State, start: usize, pages: usize) {
        if state.walks > 0 {
            state.waiting.push((start, pages));
        } else {
            self.decommit(state, start, pages);
        }
    }

    fn decommit(&self, state: &mut State, start: usize, pages: usize) {
        self.page(start).clear();
        // SAFETY: the span's slots are all free, and no walk looks at them (the caller holds the lock, with no walk begun).
        let released = unsafe { os::release(self.start(start), pages << PAGE_SHIFT) };
        if !released {
            // The next user relies on zeroed memory, so write the zeroes that the system would have given.
            // SAFETY: as above.
            unsafe { self.start(start).write_bytes(0, pages << PAGE_SHIFT) };
        }
        let (mut start, mut length) = (start, pages);
        if let Some((&before, &pages)) = state.free.range(..start).next_back()
            && before + pages == start
        {
            state.free.remove(&before);
            (start, length) = (before, length + pages);
        }
        if let Some(pages) = state.free.remove(&(start + length)) {
            length += pages;
        }
        state.free.insert(start, length);
    }

    /// Begins a walk: from here until `end_walk` no span is decommitted.
    pub(crate) fn begin_walk(&self) {
        self.state.lock().walks += 1;
    }

    /// Ends a walk; the last one decommits what waited for it.
    pub(crate) fn end_walk(&self) {
        let mut state = self.state.lock();
        state.walks -= 1;
        if state.walks == 0 {
            for (start, pages) in std::mem::take(&mut state.waiting) {
                self.decommit(&mut state, start, pages);
            }
        }
    }
}
