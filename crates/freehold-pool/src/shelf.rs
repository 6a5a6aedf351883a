//! A heap's shelf: raw blocks of a few pages that were freed, each for the next request of its length; among them pages of raw slots,
//! of any class, that were left empty.
//!
//! Buffers of 40 KiB or 1 MiB come and go as small blocks do, and the source's lock is everybody's. A shelf holds blocks of up to
//! [`LONGEST`] pages, and [`MOST`] pages together, 4 MiB; what does not fit goes to the source. It is cleared by
//! [`trim`](crate::trim) and when the thread ends. Its blocks have no kind, so whoever frees one again is told.

use crate::page::{Count, Page};
use std::cell::Cell;
use std::ptr;

const LONGEST: usize = 16;
const MOST: usize = 64;

/// Freed blocks by length, linked through their first pages; the heap's owner only.
pub(crate) struct Shelf {
    blocks: [Cell<*const Page>; LONGEST],
    pages: Count,
}

impl Shelf {
    pub(crate) const fn new() -> Self {
        Shelf {
            blocks: [const { Cell::new(ptr::null()) }; LONGEST],
            pages: Count::new(),
        }
    }

    /// The pages of all blocks. To threads that do not own the heap, a hint.
    pub(crate) fn pages(&self) -> usize {
        self.pages.get() as usize
    }

    /// Whether there is room for a block of so many pages.
    pub(crate) fn has_room(&self, pages: usize) -> bool {
        pages <= LONGEST && self.pages() + pages <= MOST
    }

    /// Puts a block down for which there is room: its first page, which is in no list and has no kind.
    pub(crate) fn put(&self, first: &'static Page) {
        first.next.set(self.blocks[first.span() - 1].replace(first));
        self.pages.set(self.pages.get() + first.span() as u32);
    }

    /// Takes the block of so many pages, if there is one.
    pub(crate) fn take(&self, pages: usize) -> Option<&'static Page> {
        let place = self.blocks.get(pages - 1)?;
        // SAFETY: null, or put down as a `&'static Page`.
        let first = unsafe { place.get().as_ref() }?;
        place.set(first.next.get());
        self.pages.set(self.pages.get() - pages as u32);
        Some(first)
    }

    /// Takes any block.
    pub(crate) fn pop(&self) -> Option<&'static Page> {
        (1..=LONGEST).find_map(|pages| self.take(pages))
    }

    /// The blocks' first pages.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Page> + '_ {
        // SAFETY: as in `take`.
        let page = |page: *const Page| unsafe { page.as_ref() };
        let of_length = move |place: &Cell<*const Page>| {
            std::iter::successors(page(place.get()), move |first| page(first.next.get()))
        };
        self.blocks.iter().flat_map(of_length)
    }
}
