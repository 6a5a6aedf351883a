//! Memory without a header, for a general allocator: what `malloc` and its relatives ask for, by address alone.
//!
//! Up to 32 KiB a block is a slot of the smallest class that holds it and has its alignment; beyond, and above an alignment of
//! 32 KiB, it has pages of its own. All of it is on raw pages, which walks pass over.

use crate::hardened::{self, CANARY};
use crate::large;
use crate::page::{Kind, PAGE_SIZE, Page};
use crate::range::Range;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::source::bin_of;
use crate::thread::{self, with_heap};
use crate::tls::heap;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// Every block is aligned to so much.
pub const MIN_ALIGN: usize = size_of::<Slot>();

/// Takes memory; null if there is none. O(1), and no lock unless a page runs out or the block has pages of its own. The contents
/// are undefined.
#[inline]
pub fn allocate(layout: Layout) -> *mut u8 {
    if layout.align() <= MIN_ALIGN
        && let Some(class) = SizeClass::of(layout.size() + CANARY)
        && let Some(slot) = heap().pop(bin_of(class, Kind::Raw))
    {
        return slot.as_ptr().cast();
    }
    allocate_slow(layout)
}

/// As [`allocate`], for alignments, large blocks, and when a page runs out.
#[cold]
#[inline(never)]
fn allocate_slow(layout: Layout) -> *mut u8 {
    match SizeClass::for_layout(layout.size() + CANARY, layout.align()) {
        Some(class) => pointer(
            heap()
                .pop(bin_of(class, Kind::Raw))
                .or_else(|| with_heap(|heap| heap.pop_slow(class, Kind::Raw))),
        ),
        None => pointer(large::alloc_raw(layout.size(), layout.align(), false).map(|block| block.0)),
    }
}

/// As [`allocate`], zeroed. Memory that comes fresh from the system is not touched.
pub fn allocate_zeroed(layout: Layout) -> *mut u8 {
    let block = match SizeClass::for_layout(layout.size() + CANARY, layout.align()) {
        Some(class) => match heap().pop(bin_of(class, Kind::Raw)) {
            Some(slot) => Some((slot, false)),
            None => with_heap(|heap| heap.pop_zeroed(class, Kind::Raw)),
        },
        None => large::alloc_raw(layout.size(), layout.align(), true),
    };
    let Some((slot, is_zero)) = block else {
        return ptr::null_mut();
    };
    let bytes = if is_zero {
        MIN_ALIGN.min(layout.size())
    } else {
        layout.size()
    };
    let start = slot.as_ptr().cast::<u8>();
    // SAFETY: the block is ours and holds so many bytes. Of a slot that was never used, the link alone is not zero.
    unsafe { start.write_bytes(0, bytes) };
    start
}

/// Gives memory back; any thread.
///
/// # Aborts
/// As [`free`](crate::free).
///
/// # Safety
/// `block` came from this module, is given back once, and is not used again.
#[inline]
pub unsafe fn deallocate(block: NonNull<u8>) {
    // SAFETY: passed on; a block is a slot.
    unsafe { thread::free(block.cast()) }
}

/// How many bytes a block has: at least what was asked for. O(1).
///
/// # Safety
/// `block` came from this module and was not given back.
#[inline]
pub unsafe fn usable_size(block: NonNull<u8>) -> usize {
    room(page_of(block))
}

/// The bytes of a block that are its user's.
#[inline]
fn room(page: &Page) -> usize {
    page.stride() - hardened::tail(page)
}

/// Makes a block longer or shorter, in place where it fits; the contents move with it. Null: there is no memory, and the
/// block is as it was. A block is moved when less than half of its bytes would be in use.
///
/// # Safety
/// `block` came from this module, with the alignment of `layout`, and was not given back; if the result is not null, `block` is
/// given back.
pub unsafe fn reallocate(block: NonNull<u8>, layout: Layout) -> *mut u8 {
    let page = page_of(block);
    let (room, bytes) = (room(page), layout.size());
    let fits = bytes <= room && bytes > room / 2;
    // Blocks of whole pages come to an end at a page's, so they are cut and lengthened at a page's end.
    if fits && !page.is_large() || stays_large(page, layout) && large::resize(page, bytes) {
        return block.as_ptr();
    }
    let grows_large =
        !hardened::IS_ON && bytes > room && layout.align() <= PAGE_SIZE && SizeClass::for_size(bytes).is_none();
    let moved = if grows_large {
        pointer(large::alloc_growing(bytes))
    } else {
        allocate(layout)
    };
    if moved.is_null() {
        // A block that was to become shorter can stay.
        return if bytes <= room { block.as_ptr() } else { moved };
    }
    // SAFETY: two blocks, each with so many bytes.
    unsafe { moved.copy_from_nonoverlapping(block.as_ptr(), bytes.min(room)) };
    // SAFETY: the caller gives it up.
    unsafe { deallocate(block) };
    moved
}

/// Whether the block has pages of its own, and would get some anew.
fn stays_large(page: &Page, layout: Layout) -> bool {
    !hardened::IS_ON && page.is_large() && SizeClass::for_layout(layout.size() + CANARY, layout.align()).is_none()
}

fn page_of(block: NonNull<u8>) -> &'static Page {
    let range = Range::the();
    range.page(range.index_of(block.as_ptr() as usize))
}

fn pointer(slot: Option<NonNull<Slot>>) -> *mut u8 {
    slot.map_or(ptr::null_mut(), |slot| slot.as_ptr().cast())
}
