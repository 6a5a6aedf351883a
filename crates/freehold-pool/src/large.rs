//! Blocks of whole pages: what is larger than half a page, or aligned to more.

use crate::hardened;
use crate::misuse::Misuse;
use crate::page::{Kind, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::poison;
use crate::range::{Range, range};
use crate::slot::Slot;
use crate::source::Span;
use crate::spans::Pages;
use crate::stats;
use crate::tls;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// Takes a block of whole pages: 16 bytes of header, then room for `payload`, at its alignment; zeroed. `None`: no memory, or
/// an alignment above half a page (32 KiB). Cost: a lock; the memory is committed as it is touched.
pub fn alloc_large(payload: Layout, kind: Kind) -> Option<NonNull<Slot>> {
    if payload.align() > PAGE_SIZE / 2 {
        return None;
    }
    // The page is aligned, so the payload is if it starts at its alignment; the header stands just before.
    let first = payload.align().max(size_of::<Slot>()) - size_of::<Slot>();
    let bytes = payload.size().checked_add(first + size_of::<Slot>())?;
    let pages = pages_for(bytes)?;
    let span = range()?.take_span(pages, 1, true)?;
    block(span, pages, kind, first).map(|(slot, _)| slot)
}

/// Takes a raw block of whole pages, and whether it reads as zero. `None`: no memory.
pub(crate) fn alloc_raw(bytes: usize, align: usize, zeroed: bool) -> Option<(NonNull<Slot>, bool)> {
    let (first, bytes) = hardened::place_large(bytes, align)?;
    let (pages, align) = (pages_for(bytes)?, align.div_ceil(PAGE_SIZE));
    let heap = tls::heap();
    if align <= 1
        && let Some(first) = heap.shelf.take(pages)
    {
        let (range, is_clean) = (Range::the(), false);
        let start = range.number(first);
        poison::show_all(range.start(start), pages << PAGE_SHIFT);
        return block(Span { start, is_clean }, pages, Kind::Raw, 0);
    }
    let range = range()?;
    let take = || range.take_span(pages, align, zeroed);
    let span = take().or_else(|| heap.clear_shelf().then(take)?)?;
    block(span, pages, Kind::Raw, first)
}

/// Takes a raw block of whole pages for one that grows, where it can grow again. `None`: no memory.
pub(crate) fn alloc_growing(bytes: usize) -> Option<NonNull<Slot>> {
    let pages = pages_for(bytes)?;
    let span = range()?.take_span_with_room(pages)?;
    block(span, pages, Kind::Raw, 0).map(|(slot, _)| slot)
}

fn block(span: Span, pages: usize, kind: Kind, first: usize) -> Option<(NonNull<Slot>, bool)> {
    let range = Range::the();
    let page = range.page(span.start);
    page.set_up_large(kind, first, pages);
    page.set_extent(1);
    stats::count_large(kind, 1);
    let slot = range.start(span.start).wrapping_add(first).cast();
    hardened::take_large(page, slot);
    Some((NonNull::new(slot)?, span.is_clean))
}

/// Pages that hold so many bytes, one at least; `None`: more than there can be.
fn pages_for(bytes: usize) -> Option<usize> {
    let pages = bytes.div_ceil(PAGE_SIZE).max(1);
    u32::try_from(pages).ok().map(|_| pages)
}

/// Makes a raw block longer or shorter where it is. `false`: the pages behind it are in use.
pub(crate) fn resize(page: &'static Page, bytes: usize) -> bool {
    let range = Range::the();
    let (start, before) = (range.number(page), page.span());
    let Some(after) = pages_for(bytes) else { return false };
    if after > before {
        if range.extend_span(start, before, after - before).is_none() {
            return false;
        }
        page.set_span(after);
    } else if after < before {
        page.set_span(after);
        range.cut_span(start + after, before - after);
    }
    true
}

/// Gives a block back; any thread.
pub(crate) fn free_large(page: &'static Page, kind: Kind, slot: NonNull<Slot>) {
    let range = Range::the();
    let begin = range.start(range.number(page)).wrapping_add(page.first());
    if !ptr::eq(begin.cast(), slot.as_ptr()) {
        return Misuse::NotABlock.stop(slot.as_ptr() as usize);
    }
    if !hardened::give_large(page) {
        return;
    }
    stats::count_large(kind, -1);
    let heap = tls::heap();
    if kind == Kind::Raw && !hardened::IS_ON && tls::is_own(heap) && heap.shelf.has_room(page.span()) {
        page.clear();
        heap.shelf.put(page);
    } else {
        range.give_large(page);
    }
}
