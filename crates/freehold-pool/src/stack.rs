//! A stack of pages that nobody uses, linked through their descriptors.

use crate::page::Page;
use std::ptr;

/// Pages, or first pages of large blocks. Guarded by the source's lock.
#[derive(Debug)]
pub(crate) struct PageStack {
    head: *const Page,
    pages: usize,
}

// SAFETY: descriptors are static, and those on a stack are touched under the lock that guards it.
unsafe impl Send for PageStack {}

impl PageStack {
    pub(crate) const fn new() -> Self {
        PageStack {
            head: ptr::null(),
            pages: 0,
        }
    }

    /// The number of pages, with those of large blocks' spans.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    pub(crate) fn push(&mut self, page: &'static Page) {
        page.next.set(self.head);
        self.head = page;
        self.pages += page.span();
    }

    pub(crate) fn pop(&mut self) -> Option<&'static Page> {
        // SAFETY: null, or pushed from a `&'static Page`.
        let page: &'static Page = unsafe { self.head.as_ref() }?;
        self.head = page.next.get();
        self.pages -= page.span();
        Some(page)
    }

    /// The pages, last to first.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Page> {
        // SAFETY: as in `pop`.
        let page = |page: *const Page| unsafe { page.as_ref() };
        std::iter::successors(page(self.head), move |at| page(at.next.get()))
    }

    /// Whether the number is right, and nobody has the pages.
    #[cfg(test)]
    pub(crate) fn is_valid(&self) -> bool {
        let is_unused = |page: &Page| page.owner().is_null() && page.kind().is_some() && page.used.get() == 0;
        self.iter().all(is_unused) && self.iter().map(Page::span).sum::<usize>() == self.pages
    }
}

impl Default for PageStack {
    fn default() -> Self {
        Self::new()
    }
}
