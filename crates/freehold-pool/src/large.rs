//! The large tier: blocks of whole pages.

use crate::page::{Kind, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::poison;
use crate::slot::Slot;
use crate::source::{self, Range};
use crate::stats;
use std::alloc::Layout;
use std::ptr::NonNull;

/// Takes a block of whole pages: 16 bytes of header, then room for `payload`, at its alignment. `None`: no memory, or an
/// alignment above half a page (32 KiB). Cost: a lock; the memory is committed as it is touched.
pub fn alloc_large(payload: Layout, kind: Kind) -> Option<NonNull<Slot>> {
    if payload.align() > PAGE_SIZE / 2 {
        return None;
    }
    // The page is aligned, so the payload is if it starts at its alignment; the header stands just before.
    let first = payload.align().max(size_of::<Slot>()) - size_of::<Slot>();
    let bytes = payload.size().checked_add(first + size_of::<Slot>())?;
    let span = bytes.div_ceil(PAGE_SIZE);
    u32::try_from(span).ok()?;
    let range = source::range()?;
    let index = range.take_span(&mut range.state.lock(), span)?;
    range.page(index).set_up_large(kind, first, span);
    range.page(index).set_extent(1);
    stats::count_large(kind, 1, (span << PAGE_SHIFT) as isize);
    // SAFETY: `first` lies within the span's first page.
    let slot = unsafe { range.start(index).add(first) }.cast();
    poison::show(range.page(index), slot);
    NonNull::new(slot)
}

/// Gives a large block back; any thread.
pub(crate) fn free_large(range: &Range, page: &Page, kind: Kind) {
    let span = page.span();
    stats::count_large(kind, -1, -((span << PAGE_SHIFT) as isize));
    range.retire(&mut range.state.lock(), range.number(page), span);
}
