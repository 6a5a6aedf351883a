//! A list of pages, doubly linked through their descriptors: a bin's pages that may have free slots, or a heap's full ones.

use crate::page::{Count, Page, Place};
use std::cell::Cell;
use std::ptr;

/// A list of pages that are all in the same [`Place`]; the heap's owner only.
pub(crate) struct PageList {
    head: Cell<*const Page>,
    tail: Cell<*const Page>,
    len: Count,
    place: Place,
}

impl PageList {
    pub(crate) const fn new(place: Place) -> Self {
        PageList {
            head: Cell::new(ptr::null()),
            tail: Cell::new(ptr::null()),
            len: Count::new(),
            place,
        }
    }

    /// Whether there is none. To threads that do not own the heap, a hint.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of pages. To threads that do not own the heap, a hint.
    pub(crate) fn len(&self) -> usize {
        self.len.get() as usize
    }

    /// Puts a page that is in no list last.
    pub(crate) fn push(&self, page: &Page) {
        debug_assert_eq!(page.place(), Place::Current);
        let tail = self.tail.replace(page);
        page.next.set(ptr::null());
        page.prev.set(tail);
        // SAFETY: descriptors are never unmapped, and the owner alone touches the list fields.
        match unsafe { tail.as_ref() } {
            Some(tail) => tail.next.set(page),
            None => self.head.set(page),
        }
        page.set_place(self.place);
        self.len.set(self.len.get() + 1);
    }

    /// Takes the first page.
    pub(crate) fn pop(&self) -> Option<&'static Page> {
        // SAFETY: as in `push`.
        let page = unsafe { self.head.get().as_ref() }?;
        self.remove(page);
        Some(page)
    }

    /// Takes a page of this list out of it.
    pub(crate) fn remove(&self, page: &Page) {
        debug_assert_eq!(page.place(), self.place);
        let (next, prev) = (page.next.get(), page.prev.get());
        // SAFETY: as in `push`.
        match unsafe { prev.as_ref() } {
            Some(prev) => prev.next.set(next),
            None => self.head.set(next),
        }
        // SAFETY: as in `push`.
        match unsafe { next.as_ref() } {
            Some(next) => next.prev.set(prev),
            None => self.tail.set(prev),
        }
        page.set_place(Place::Current);
        self.len.set(self.len.get() - 1);
    }

    /// The pages, first to last. The list may be changed at the page that was seen last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Page> + '_ {
        let mut next = self.head.get();
        std::iter::from_fn(move || {
            // SAFETY: as in `push`.
            let page = unsafe { next.as_ref() }?;
            next = page.next.get();
            Some(page)
        })
    }

    /// Whether the number is right, the links agree in both directions, and every page says that it is here.
    #[cfg(test)]
    pub(crate) fn is_valid(&self) -> bool {
        let (mut before, mut pages): (*const Page, _) = (ptr::null(), 0);
        let agrees = self.iter().all(|page| {
            let agrees = page.place() == self.place && ptr::eq(page.prev.get(), before);
            (before, pages) = (page, pages + 1);
            agrees
        });
        agrees && pages == self.len() && ptr::eq(self.tail.get(), before)
    }
}
