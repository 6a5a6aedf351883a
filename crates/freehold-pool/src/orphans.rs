//! Pages of threads that ended, and how heaps pass from thread to thread.
//!
//! A thread that ends gives its empty pages back and leaves its heap with the others. The next thread takes it, pages and all: it
//! often goes on with what its predecessor left. The heaps of the last [`RECENT`] threads wait so; those of earlier ones move
//! their pages to one heap, the *orphans'*, which is used under a lock, and wait empty.
//!
//! A thread that runs out of slots of a class adopts a page from any of these before it asks the source for one. So nothing is
//! lost with a thread, and threads that come and go hold what one would.
//!
//! Orphaned pages that other threads empty are noticed by sweeps: one for every so many pages taken from the source as there
//! are orphans, so that a sweep costs O(1) for each page taken; and by [`trim`](crate::trim).
//!
//! Threads whose thread-locals are gone (destructors of other thread-locals, the end of the process) allocate from the orphans'
//! heap, too.

use crate::fork::Lock;
use crate::heap::Heap;
use crate::page::{PAGE_SIZE, Page};
use crate::range::range;
use crate::source::BINS;
use std::ptr;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

static ORPHANS: Heap = Heap::new();
static HEAPS: Lock<Heaps> = Lock::new(Heaps {
    recent: [None; RECENT],
    idle: None,
    block: ptr::null_mut(),
    left: 0,
});
/// Every heap that was ever made, the last one first.
static ALL: AtomicPtr<Heap> = AtomicPtr::new(ptr::null_mut());
/// Pages taken from the source, and how many that were at the last sweep.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static SWEPT: AtomicUsize = AtomicUsize::new(0);

/// Heaps of ended threads that keep their pages.
const RECENT: usize = 4;
/// These heaps again, for a glance without the lock.
static GLANCE: [AtomicPtr<Heap>; RECENT] = [const { AtomicPtr::new(ptr::null_mut()) }; RECENT];

/// How often the number of orphans is looked at, in pages taken.
const LOOK: usize = 64;

/// What a heap takes in memory.
const HEAP_BYTES: usize = size_of::<Heap>().next_multiple_of(128);

const _: () = assert!(HEAP_BYTES <= PAGE_SIZE, "a heap fits in a page");

/// Heaps without a thread, and room for new ones. Its lock also guards the orphans' heap.
pub(crate) struct Heaps {
    /// Those with pages, the last one first.
    recent: [Option<&'static Heap>; RECENT],
    /// Those without.
    idle: Option<&'static Heap>,
    block: *mut u8,
    left: usize,
}

// SAFETY: the pointer is to memory that belongs to the value.
unsafe impl Send for Heaps {}

/// Takes the lock, to hold it across a fork.
pub(crate) fn hold() -> MutexGuard<'static, Heaps> {
    HEAPS.lock()
}

/// A heap for a thread that begins; `None`: no memory.
pub(crate) fn enter() -> Option<&'static Heap> {
    let mut heaps = HEAPS.lock();
    if let Some(heap) = heaps.recent[0].take() {
        heaps.recent.rotate_left(1);
        heaps.show();
        return Some(heap);
    }
    match heaps.idle {
        Some(heap) => {
            heaps.idle = heap.next_idle.take();
            Some(heap)
        }
        None => heaps.make(),
    }
}

/// Takes the heap of a thread that ends, with its pages.
pub(crate) fn leave(heap: &'static Heap) {
    // Still the caller's, so without the lock.
    heap.settle_down();
    let mut heaps = HEAPS.lock();
    heaps.recent.rotate_right(1);
    if let Some(oldest) = heaps.recent[0].replace(heap) {
        oldest.take_told();
        oldest.move_pages(&ORPHANS);
        oldest.next_idle.set(heaps.idle.replace(oldest));
    }
    heaps.show();
}

/// Runs `work` in the orphans' heap, for a thread that has none.
pub(crate) fn late<R>(work: impl FnOnce(&'static Heap) -> R) -> R {
    let _lock = HEAPS.lock();
    work(&ORPHANS)
}

/// A page of that bin with room that no thread has; it belongs to `heap` from now on.
pub(crate) fn adopt(heap: &Heap, bin: usize) -> Option<&'static Page> {
    let may_have = |orphans: &Heap| !orphans.bins[bin].listed.is_empty() || !orphans.told.is_empty();
    if ptr::eq(heap, &ORPHANS) || !glance().any(may_have) {
        return None;
    }
    let heaps = HEAPS.lock();
    heaps.orphans().find_map(|orphans| {
        orphans.take_told();
        while let Some(page) = orphans.bins[bin].listed.pop() {
            orphans.collect(page);
            if page.has_room() {
                page.set_owner(heap);
                return Some(page);
            }
            orphans.put_full(page);
        }
        None
    })
}

/// Counts a page taken from the source, and sweeps the orphans when it is time.
pub(crate) fn count_taken() {
    // Relaxed, here and below: who sweeps when does not matter.
    let taken = TAKEN.fetch_add(1, Ordering::Relaxed) + 1;
    if taken.is_multiple_of(LOOK) {
        let orphans: usize = glance().flat_map(|heap| &heap.bins).map(|bin| bin.listed.len()).sum();
        let since = taken.wrapping_sub(SWEPT.load(Ordering::Relaxed));
        // The lock may be this thread's: then the orphans are in use.
        if (orphans > 0 || glance().any(|heap| !heap.told.is_empty()))
            && since >= orphans
            && let Some(heaps) = HEAPS.try_lock()
        {
            SWEPT.store(taken, Ordering::Relaxed);
            heaps.orphans().for_each(Heap::take_told);
            drop(heaps);
            sweep();
        }
    }
}

/// Gives the empty orphans back, a few pages at a time, so that no thread that begins or ends waits for all of it.
fn sweep() {
    for bin in 0..BINS {
        for heap in glance() {
            let mut left = heap.bins[bin].listed.len();
            while left > 0 {
                let Some(heaps) = HEAPS.try_lock() else { return };
                // It may have found a thread meanwhile.
                if !heaps.orphans().any(|orphans| ptr::eq(orphans, heap)) {
                    break;
                }
                let looked = heap.give_back_empty_of(bin, LOOK);
                left = if looked == 0 { 0 } else { left.saturating_sub(looked) };
                drop(heaps);
                // The lock is not fair: who waits for it needs a moment to take it.
                std::thread::yield_now();
            }
        }
    }
}

/// The heaps that pages can be adopted from, as others may see them: what they show is a hint.
fn glance() -> impl Iterator<Item = &'static Heap> {
    let recent = GLANCE.iter().filter_map(|heap| {
        // Acquire pairs with the Release in `show`.
        let heap = heap.load(Ordering::Acquire);
        // SAFETY: null or a heap, and heaps are never deallocated.
        unsafe { heap.as_ref() }
    });
    std::iter::once(&ORPHANS).chain(recent)
}

/// As [`Heap::trim`], of the orphans.
pub(crate) fn trim() -> usize {
    HEAPS.lock().orphans().map(Heap::trim).sum()
}

/// Every heap there is.
pub(crate) fn heaps() -> impl Iterator<Item = &'static Heap> {
    // Acquire pairs with the Release in `make`.
    let first = ALL.load(Ordering::Acquire);
    // SAFETY: null or a heap, and heaps are never deallocated.
    let first = unsafe { first.as_ref() };
    std::iter::once(&ORPHANS).chain(std::iter::successors(first, |heap| heap.next.get()))
}

impl Heaps {
    /// The heaps that pages can be adopted from.
    fn orphans(&self) -> impl Iterator<Item = &'static Heap> {
        std::iter::once(&ORPHANS).chain(self.recent.into_iter().flatten())
    }

    /// Lets others glance at the recent heaps.
    fn show(&self) {
        for (glance, heap) in GLANCE.iter().zip(self.recent) {
            let heap = heap.map_or(ptr::null(), ptr::from_ref);
            // Release pairs with the Acquire in `glance`.
            glance.store(heap.cast_mut(), Ordering::Release);
        }
    }

    /// Pages that heaps were made in.
    #[cfg(test)]
    pub(crate) fn pages(&self) -> usize {
        (heaps().count() - 1).div_ceil(PAGE_SIZE / HEAP_BYTES)
    }

    /// Whether the orphans' heaps are as heaps should be, and each heap without a thread is there once, and empty if it is idle.
    #[cfg(test)]
    pub(crate) fn is_valid(&self) -> bool {
        let idle: Vec<_> = std::iter::successors(self.idle, |heap| heap.next_idle.get()).collect();
        let recent: Vec<_> = self.recent.into_iter().flatten().collect();
        let all = || idle.iter().chain(&recent);
        let is_once = |heap: &Heap| all().filter(|&&other| ptr::eq(heap, other)).count() == 1;
        let is_known = |heap: &Heap| heaps().skip(1).any(|other| ptr::eq(heap, other));
        let is_idle = |heap: &Heap| heap.is_valid() && heap.pages().is_empty() && is_once(heap) && is_known(heap);
        let is_recent = |heap: &Heap| heap.is_valid() && is_once(heap) && is_known(heap);
        ORPHANS.is_valid()
            && self.left < PAGE_SIZE
            && idle.iter().all(|heap| is_idle(heap))
            && recent.iter().all(|heap| is_recent(heap))
    }

    /// Makes a heap in memory of the pool's own, since there may be no other allocator.
    fn make(&mut self) -> Option<&'static Heap> {
        if self.left < HEAP_BYTES {
            let range = range()?;
            let span = range.take_span(1, 1, false)?;
            (self.block, self.left) = (range.start(span.start), PAGE_SIZE);
        }
        let place = self.block.cast::<Heap>();
        self.block = self.block.wrapping_add(HEAP_BYTES);
        self.left -= HEAP_BYTES;
        // SAFETY: room enough in a page that is ours for ever.
        let heap: &'static Heap = unsafe {
            place.write(Heap::new());
            &*place
        };
        // SAFETY: as in `heaps`.
        heap.next.set(unsafe { ALL.load(Ordering::Relaxed).as_ref() });
        // Release pairs with the Acquire in `heaps`.
        ALL.store(place, Ordering::Release);
        Some(heap)
    }
}
