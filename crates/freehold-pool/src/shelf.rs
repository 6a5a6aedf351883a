//! A heap's shelf: blocks of a few pages that were freed, each for the next request of its length.
//!
//! Buffers of 40 KiB or 1 MiB come and go as small blocks do, and the source's lock is everybody's. A shelf holds one block of each
//! length up to [`LONGEST`] pages, and [`MOST`] pages together, 2 MiB; what does not fit goes to the source. It is cleared by
//! [`trim`](crate::trim) and when the thread ends. Its blocks have no kind, so whoever frees one again is told.

use crate::page::{Count, Page};
use std::cell::Cell;
use std::ptr;

const LONGEST: usize = 16;
const MOST: usize = 32;

/// Freed blocks by length; the heap's owner only.
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
        let place = self.blocks.get(pages - 1);
        place.is_some_and(|place| place.get().is_null()) && self.pages() + pages <= MOST
    }

    /// Puts a block down for which there is room: its first page, which is in no list and has no kind.
    pub(crate) fn put(&self, first: &'static Page) {
        self.blocks[first.span() - 1].set(first);
        self.pages.set(self.pages.get() + first.span() as u32);
    }

    /// Takes the block of so many pages, if there is one.
    pub(crate) fn take(&self, pages: usize) -> Option<&'static Page> {
        let place = self.blocks.get(pages - 1)?;
        // SAFETY: null, or put down as a `&'static Page`.
        let first = unsafe { place.replace(ptr::null()).as_ref() }?;
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
        self.blocks.iter().filter_map(|place| unsafe { place.get().as_ref() })
    }
}
