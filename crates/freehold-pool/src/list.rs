//! Lists of pages: a bin's doubly linked list, and the list through which other threads tell an owner of its pages.

use crate::page::{Page, Place};
use crate::primitive::Ordering;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::AtomicPtr;

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

/// Pages that other threads freed into after their owner had asked to be told. Many push, one takes all.
pub(crate) struct ToldList {
    head: AtomicPtr<Page>,
}

impl ToldList {
    pub(crate) const fn new() -> Self {
        ToldList {
            head: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Adds a page; only by the thread whose push took the page's mark, so a page is in one such list at most.
    pub(crate) fn push(&self, page: &'static Page) {
        let this = ptr::from_ref(page).cast_mut();
        // Relaxed: checked by the exchange.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            page.told().store(head, Ordering::Relaxed);
            // Release pairs with the Acquire in `take`: the link is seen.
            match self
                .head
                .compare_exchange_weak(head, this, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes every page.
    pub(crate) fn take(&self) -> impl Iterator<Item = &'static Page> {
        let mut next = if self.head.load(Ordering::Relaxed).is_null() {
            ptr::null_mut()
        } else {
            // Acquire pairs with the Release in `push`.
            self.head.swap(ptr::null_mut(), Ordering::Acquire)
        };
        std::iter::from_fn(move || {
            // SAFETY: pushed from a `&'static Page`.
            let page: &'static Page = unsafe { next.as_ref() }?;
            next = page.told().load(Ordering::Relaxed);
            page.clear_told();
            Some(page)
        })
    }
}
