//! A bin's list of pages that may have free slots, doubly linked through the descriptors.

use crate::page::{Page, Place};
use std::cell::Cell;
use std::ptr;

/// The pages of one bin that may have free slots; the owner only.
pub(crate) struct PageList {
    head: Cell<*const Page>,
}

impl PageList {
    pub(crate) const fn new() -> Self {
        PageList {
            head: Cell::new(ptr::null()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.get().is_null()
    }

    /// Puts a page that is in no list first.
    pub(crate) fn push(&self, page: &Page) {
        debug_assert_ne!(page.place.get(), Place::Listed);
        let head = self.head.get();
        page.next.set(head);
        page.prev.set(ptr::null());
        // SAFETY: descriptors are never unmapped, and the owner alone touches the list fields.
        if let Some(head) = unsafe { head.as_ref() } {
            head.prev.set(page);
        }
        self.head.set(page);
        page.place.set(Place::Listed);
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
        debug_assert_eq!(page.place.get(), Place::Listed);
        let (next, prev) = (page.next.get(), page.prev.get());
        // SAFETY: as in `push`.
        match unsafe { prev.as_ref() } {
            Some(prev) => prev.next.set(next),
            None => self.head.set(next),
        }
        // SAFETY: as in `push`.
        if let Some(next) = unsafe { next.as_ref() } {
            next.prev.set(prev);
        }
        page.place.set(Place::Current);
    }
}
