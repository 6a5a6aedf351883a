//! Free spans of pages, kept in the descriptors of their own first and last pages; so keeping them needs no memory.
//!
//! Spans are listed by length: one list for each length up to [`EXACT`], then one for each doubling. Taking a span looks at the
//! list of its length, which fits at once if it is exact, and then at the next longer list that is not empty, found in a
//! bitmap. Neighbours of the same set are merged when a span comes back (boundary tags: Knuth, *The Art of Computer
//! Programming*, vol. 1, 2.5). Cost: O(1); of [`take_any`](Spans::take_any), O(spans of the same doubling).
//!
//! | field of a descriptor | first page | last page | between |
//! | --- | --- | --- | --- |
//! | `span` | pages of the span | pages of the span | – |
//! | `place` | `FreeFirst` | `FreeLast`, unless it is the first | – |
//! | `bin` | the set's number | the set's number | – |
//! | `next`, `prev` | the list | – | – |

use crate::page::{Page, Place};
use std::cell::Cell;
use std::ptr;

/// Lengths that have a list of their own.
const EXACT: usize = 32;
/// Spans of a doubling that are tried before a longer one is cut.
const TRIES: usize = 32;
const LISTS: usize = EXACT + 27;

/// Where descriptors are found by number: the table of a range.
pub(crate) trait Pages {
    /// The descriptor of a page that was used before.
    fn page(&self, index: usize) -> &'static Page;

    /// The number of a page.
    fn number(&self, page: &Page) -> usize;

    /// The number of pages that were ever in use.
    fn end(&self) -> usize;
}

/// A set of free spans. Guarded by the source's lock.
#[derive(Debug)]
pub(crate) struct Spans {
    lists: [Cell<*const Page>; LISTS],
    /// Which lists are not empty.
    filled: u64,
    pages: usize,
    set: u8,
}

// SAFETY: descriptors are static, and those of free spans are touched under the lock that guards this.
unsafe impl Send for Spans {}

const fn list_of(pages: usize) -> usize {
    if pages <= EXACT {
        pages - 1
    } else {
        let list = EXACT - 1 + (pages / EXACT).ilog2() as usize + 1;
        if list < LISTS { list } else { LISTS - 1 }
    }
}

impl Spans {
    /// The empty set of that number.
    pub(crate) const fn new(set: u8) -> Self {
        Spans {
            lists: [const { Cell::new(ptr::null()) }; LISTS],
            filled: 0,
            pages: 0,
            set,
        }
    }

    /// The number of free pages.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// Takes `pages` pages that follow each other; `None`: no span that is looked at is long enough.
    pub(crate) fn take(&mut self, table: &impl Pages, pages: usize) -> Option<usize> {
        let first = self.find(pages)?;
        Some(self.cut(table, first, pages))
    }

    /// As [`take`](Self::take), but looks at every span that may do.
    pub(crate) fn take_any(&mut self, table: &impl Pages, pages: usize) -> Option<usize> {
        let first = self
            .find(pages)
            .or_else(|| self.iter(list_of(pages)).find(|page| page.span() >= pages))?;
        Some(self.cut(table, first, pages))
    }

    /// Takes the pages from `start` on, if a span begins there and is long enough.
    pub(crate) fn take_at(&mut self, table: &impl Pages, start: usize, pages: usize) -> bool {
        let is_here = start < table.end() && {
            let first = table.page(start);
            first.place() == Place::FreeFirst && first.bin() == self.set && first.span() >= pages
        };
        if is_here {
            self.cut(table, table.page(start), pages);
        }
        is_here
    }

    /// Takes a whole span: the longest, or nearly.
    pub(crate) fn take_longest(&mut self, table: &impl Pages) -> Option<(usize, usize)> {
        let list = self.filled.checked_ilog2()?;
        let first = self.iter(list as usize).next()?;
        let pages = first.span();
        Some((self.cut(table, first, pages), pages))
    }

    /// Takes a span back, merged with its free neighbours of this set. Returns the whole span.
    pub(crate) fn give(&mut self, table: &impl Pages, start: usize, pages: usize) -> (usize, usize) {
        let (mut start, mut length) = (start, pages);
        if start > 0 {
            let before = table.page(start - 1);
            if matches!(before.place(), Place::FreeLast | Place::FreeFirst) && before.bin() == self.set {
                start -= before.span();
                length += before.span();
                self.remove(table, table.page(start));
            }
        }
        if start + length < table.end() {
            let after = table.page(start + length);
            if after.place() == Place::FreeFirst && after.bin() == self.set {
                length += after.span();
                self.remove(table, after);
            }
        }
        self.insert(table, start, length);
        (start, length)
    }

    fn find(&self, pages: usize) -> Option<&'static Page> {
        let list = list_of(pages);
        if let Some(page) = self.iter(list).take(TRIES).find(|page| page.span() >= pages) {
            return Some(page);
        }
        let longer = self.filled & (u64::MAX << list << 1);
        (longer != 0).then(|| self.iter(longer.trailing_zeros() as usize).next())?
    }

    fn iter(&self, list: usize) -> impl Iterator<Item = &'static Page> {
        // SAFETY: listed descriptors are static.
        let page = |page: *const Page| unsafe { page.as_ref() };
        std::iter::successors(page(self.lists[list].get()), move |at| page(at.next.get()))
    }

    /// Takes the first `pages` of a span; the rest stays free.
    fn cut(&mut self, table: &impl Pages, first: &'static Page, pages: usize) -> usize {
        let (start, length) = (table.number(first), first.span());
        self.remove(table, first);
        if length > pages {
            self.insert(table, start + pages, length - pages);
        }
        start
    }

    fn insert(&mut self, table: &impl Pages, start: usize, length: usize) {
        let (first, last) = (table.page(start), table.page(start + length - 1));
        for (page, place) in [(last, Place::FreeLast), (first, Place::FreeFirst)] {
            page.set_span(length);
            page.set_bin(self.set);
            page.set_place(place);
        }
        let list = list_of(length);
        let head = self.lists[list].replace(first);
        first.next.set(head);
        first.prev.set(ptr::null());
        // SAFETY: listed descriptors are static.
        if let Some(head) = unsafe { head.as_ref() } {
            head.prev.set(first);
        }
        self.filled |= 1 << list;
        self.pages += length;
    }

    fn remove(&mut self, table: &impl Pages, first: &'static Page) {
        let length = first.span();
        let list = list_of(length);
        let (next, prev) = (first.next.get(), first.prev.get());
        // SAFETY: listed descriptors are static.
        match unsafe { prev.as_ref() } {
            Some(prev) => prev.next.set(next),
            None => self.lists[list].set(next),
        }
        // SAFETY: as above.
        if let Some(next) = unsafe { next.as_ref() } {
            next.prev.set(prev);
        }
        if self.lists[list].get().is_null() {
            self.filled &= !(1 << list);
        }
        table.page(table.number(first) + length - 1).set_place(Place::Current);
        first.set_place(Place::Current);
        self.pages -= length;
    }

    /// Every free span: first page and length.
    #[cfg(test)]
    pub(crate) fn all(&self, table: &impl Pages) -> impl Iterator<Item = (usize, usize)> {
        let listed = (0..LISTS).flat_map(|list| self.iter(list));
        listed.map(|first| (table.number(first), first.span()))
    }

    /// Whether lists, tags and counts agree, and no two neighbours are left apart.
    #[cfg(test)]
    pub(crate) fn is_valid(&self, table: &impl Pages) -> bool {
        let mut pages = 0;
        let lists = (0..LISTS).all(|list| {
            self.iter(list).all(|first| {
                let end = table.number(first) + first.span();
                let last = table.page(end - 1);
                let after = (end < table.end()).then(|| table.page(end));
                pages += first.span();
                first.place() == Place::FreeFirst
                    && first.bin() == self.set
                    && list_of(first.span()) == list
                    && last.span() == first.span()
                    && (ptr::eq(first, last) || last.place() == Place::FreeLast)
                    && after.is_none_or(|page| page.place() != Place::FreeFirst || page.bin() != self.set)
            }) && (self.filled >> list & 1 == 0) == self.lists[list].get().is_null()
        });
        lists && pages == self.pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGES: usize = 400;

    /// A table of descriptors of its own.
    struct Table(Box<[Page]>);

    impl Pages for Table {
        fn page(&self, index: usize) -> &'static Page {
            // SAFETY: the table outlives its spans, which alone keep what they find here.
            unsafe { &*ptr::from_ref(&self.0[index]) }
        }

        fn number(&self, page: &Page) -> usize {
            (ptr::from_ref(page).addr() - self.0.as_ptr().addr()) / size_of::<Page>()
        }

        fn end(&self) -> usize {
            PAGES
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn spans_do_not_overlap_and_come_back_whole(steps in prop::collection::vec((1usize..90, any::<usize>(), 0..5u8), 1..200)) {
            let table = Table((0..PAGES).map(|_| Page::empty()).collect());
            let mut sets = [Spans::new(0), Spans::new(1)];
            sets[0].give(&table, 0, PAGES);
            let mut taken: Vec<(usize, usize)> = Vec::new();
            for (length, choice, step) in steps {
                let got = match step {
                    0 | 1 if !taken.is_empty() => {
                        let (start, length) = taken.swap_remove(choice % taken.len());
                        let whole = sets[step as usize].give(&table, start, length);
                        prop_assert!(whole.0 <= start && start + length <= whole.0 + whole.1);
                        None
                    }
                    2 => sets[choice % 2].take_longest(&table),
                    3 => sets[choice % 2].take_at(&table, choice % PAGES, length).then_some((choice % PAGES, length)),
                    _ if length % 2 == 0 => sets[choice % 2].take_any(&table, length).map(|start| (start, length)),
                    _ => sets[choice % 2].take(&table, length).map(|start| (start, length)),
                };
                if let Some((start, length)) = got {
                    prop_assert!(start + length <= PAGES);
                    prop_assert!(taken.iter().all(|&(other, size)| start >= other + size || other >= start + length));
                    taken.push((start, length));
                }
                prop_assert!(sets.iter().all(|spans| spans.is_valid(&table)));
                let free: usize = sets.iter().map(Spans::pages).sum();
                prop_assert_eq!(free + taken.iter().map(|span| span.1).sum::<usize>(), PAGES);
            }
            let [mut first, mut second] = sets;
            while let Some(span) = second.take_longest(&table) {
                taken.push(span);
            }
            for (start, length) in taken {
                first.give(&table, start, length);
            }
            prop_assert_eq!(first.take(&table, PAGES), Some(0));
        }
    }
}
