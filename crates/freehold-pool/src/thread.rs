//! Which heap a thread works in, and the pool's two operations.
//!
//! A thread starts with a heap without slots, so that the fast path asks nothing. Its first slow path takes a heap of its own,
//! which it leaves when it ends (`orphans.rs`). Code that runs after that (destructors of other thread-locals) shares one heap
//! under a lock.

use crate::hardened;
use crate::heap::Heap;
use crate::large::free_large;
use crate::misuse::Misuse;
use crate::orphans;
use crate::os;
use crate::page::{Kind, Page};
use crate::poison;
use crate::range::Range;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::source::bin_of;
use crate::stats::{self, Remote};
use crate::tls::{self, GONE, NONE};
use crate::{fork, tls::heap};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

thread_local! {
    static REMOTE: Remote = const { Remote::new() };
}

/// Leaves the thread's heap to others. At the end of the thread, after which what it still does is done without a heap.
extern "C" fn leave(_: *mut c_void) {
    let heap = tls::heap();
    tls::set_heap(&GONE);
    if tls::is_own(heap) {
        orphans::leave(heap);
    }
}

/// Takes a slot of `class` for `kind`, or `None` if there is no memory. Its first word is as the last user left it, or
/// zero; the rest is undefined. O(1); no lock and no atomic read-modify-write unless a page runs out.
#[inline]
pub fn alloc(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    alloc_fast(class, kind).or_else(|| alloc_slow(class, kind))
}

/// The fast path of [`alloc`]: `None` if the thread's current page has no slot at hand.
#[inline]
pub fn alloc_fast(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    heap().pop(bin_of(class, kind))
}

/// The slow path of [`alloc`], for callers that do something of their own when a page runs out.
#[cold]
pub fn alloc_slow(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    with_heap(|heap| heap.pop_slow(class, kind))
}

/// Runs `work` in a heap that this thread may allocate from. `None`: no memory.
pub(crate) fn with_heap<R>(work: impl FnOnce(&'static Heap) -> Option<R>) -> Option<R> {
    let mut heap = tls::heap();
    if ptr::eq(heap, &NONE) {
        fork::register();
        heap = orphans::enter()?;
        // First, since what follows may allocate.
        tls::set_heap(heap);
        if !os::at_thread_end(leave, ptr::from_ref(heap).cast_mut().cast()) {
            leave(ptr::null_mut());
            heap = &GONE;
        }
    }
    if ptr::eq(heap, &GONE) {
        return orphans::late(work);
    }
    work(heap)
}

/// The bytes in a slot, header included: at least what was asked for. O(1).
///
/// # Safety
/// `slot` came from [`alloc`] or [`alloc_large`](crate::alloc_large) and was not given back.
pub unsafe fn slot_size(slot: NonNull<Slot>) -> usize {
    let range = Range::the();
    range.page(range.index_of(slot.as_ptr() as usize)).stride()
}

/// Gives a slot back; any thread. O(1); no lock and no atomic read-modify-write when this thread owns the page, except
/// when a page empties.
///
/// # Aborts
/// If no slot can be there, or the slot is free already, as far as one look tells; with the feature `hardened`, always.
///
/// # Safety
/// `slot` came from [`alloc`] or [`alloc_large`](crate::alloc_large), is not used again but for its header word, and is
/// given back once.
#[inline]
pub unsafe fn free(slot: NonNull<Slot>) {
    let address = slot.as_ptr() as usize;
    let Some(found) = Range::the().find(address) else {
        return Misuse::NotABlock.stop(address);
    };
    let page = found.page();
    hardened::give(page, slot.as_ptr());
    poison::hide(page, slot.as_ptr());
    let heap = heap();
    if !ptr::eq(page.owner(), heap) {
        // SAFETY: as the caller promised.
        return unsafe { free_slow(page, slot) };
    }
    let (first, used) = (page.free.get(), page.used.get().wrapping_sub(1));
    // What one look tells: the slot was freed last, or none is in use.
    if first == slot.as_ptr() || used == u32::MAX {
        return Misuse::FreedTwice.stop(address);
    }
    // SAFETY: the slot is ours to link, and this thread owns the page's list.
    unsafe { Slot::set_next(slot.as_ptr(), first) };
    page.free.set(slot.as_ptr());
    page.used.set(used);
    if used == page.wake() {
        heap.freed_slow(page);
    }
}

/// # Safety
/// As for [`free`].
#[cold]
unsafe fn free_slow(page: &'static Page, slot: NonNull<Slot>) {
    let Some(kind) = page.kind() else {
        return Misuse::NotABlock.stop(slot.as_ptr() as usize);
    };
    if page.is_large() {
        return free_large(page, kind, slot);
    }
    if kind != Kind::Raw && REMOTE.try_with(|remote| remote.count(kind)).is_err() {
        stats::uncount(kind, 1);
    }
    // SAFETY: the caller gives the slot away, and the page is its own.
    if unsafe { page.remote().push(slot.as_ptr()) } {
        page.tell().tell();
    }
}

/// Gives back to the system what memory nobody uses: pages kept for reuse, and in this thread's heap and those of threads that
/// ended, empty pages, and 4 KiB pieces of others that no block in use lies in. Memory that other running threads have
/// free stays with them. Returns how many bytes. Cost: O(blocks of these heaps, free or not), and the system's.
///
/// ```
/// let blocks: Vec<Box<[u8; 1000]>> = (0..10_000).map(|_| Box::new([1; 1000])).collect();
/// drop(blocks);
/// // Something, if the pool is the program's allocator; see `Pool`.
/// println!("{} bytes given back", freehold_pool::trim());
/// ```
pub fn trim() -> usize {
    let Some(range) = Range::existing() else { return 0 };
    let heap = tls::heap();
    let mut trimmed = orphans::trim();
    if tls::is_own(heap) {
        trimmed += heap.trim();
    }
    trimmed + range.trim()
}
