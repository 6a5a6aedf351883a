//! How the window comes into use, from its first page on.
//!
//! Pieces of [`PIECE`] pages are committed as they are needed, each with its share of the table and the bitmap; of only what is
//! needed, when there is no more. In a window that was not reserved, somebody else may have a mapping: such a piece is skipped.

use crate::hardened::BITS_PER_PAGE;
use crate::os::{self, Commit};
use crate::page::{PAGE_SHIFT, PAGE_SIZE, Page};
use crate::range::{PAGES, Range};
use crate::spans::{Pages, Spans};

/// Pages committed at a time, 32 MiB; their descriptors take a page.
const PIECE: usize = PAGE_SIZE / size_of::<Page>();

/// What of the window is committed. Guarded by the source's lock.
#[derive(Debug)]
pub(crate) struct Growth {
    pages: usize,
    table: usize,
    fresh: usize,
    bits: usize,
    is_reserved: bool,
    /// Pages that somebody else has.
    holes: usize,
}

impl Growth {
    /// Of a window that the system has reserved, or only thinks of.
    pub(crate) const fn new(is_reserved: bool) -> Self {
        Growth {
            pages: 0,
            table: 0,
            fresh: 0,
            bits: 0,
            is_reserved,
            holes: 0,
        }
    }

    /// Pages below the frontier that somebody else has.
    pub(crate) fn holes(&self) -> usize {
        self.holes
    }

    /// Moves the frontier by `pages`, and further past holes; what is left over before a hole becomes a clean span. The first
    /// of the pages; `None`: no memory.
    pub(crate) fn take(&mut self, range: &Range, clean: &mut Spans, pages: usize) -> Option<usize> {
        loop {
            let start = range.end();
            let end = start.checked_add(pages).filter(|&end| end <= PAGES)?;
            if end <= self.pages {
                range.set_frontier(end);
                return Some(start);
            }
            match self.commit(range, end) {
                Commit::Done => {}
                Commit::Refused => return None,
                Commit::Taken => {
                    let hole = (self.pages + PIECE).min(PAGES);
                    if self.commit_descriptors(range, hole) != Commit::Done {
                        return None;
                    }
                    let left = self.pages - start;
                    self.holes += hole - self.pages;
                    self.pages = hole;
                    range.set_frontier(hole);
                    if left > 0 {
                        clean.give(range, start, left);
                    }
                }
            }
        }
    }

    /// Commits the pages below `end`, and as many more as make a piece if they can be had.
    fn commit(&mut self, range: &Range, end: usize) -> Commit {
        let roomy = (self.pages + (end - self.pages).next_multiple_of(PIECE)).min(PAGES);
        for end in [roomy, end] {
            if self.commit_descriptors(range, end) == Commit::Done {
                let bytes = (end - self.pages) << PAGE_SHIFT;
                match self.commit_bytes(range.start(self.pages), bytes) {
                    Commit::Refused => continue,
                    Commit::Taken if end == roomy && roomy > self.pages + PIECE => continue,
                    Commit::Taken => return Commit::Taken,
                    Commit::Done => {}
                }
                self.pages = end;
                return Commit::Done;
            }
        }
        Commit::Refused
    }

    fn commit_descriptors(&mut self, range: &Range, end: usize) -> Commit {
        let table = (end * size_of::<Page>()).next_multiple_of(PAGE_SIZE);
        if table > self.table {
            if self.commit_bytes(range.table_at(self.table), table - self.table) != Commit::Done {
                return Commit::Refused;
            }
            self.table = table;
        }
        let fresh = end.div_ceil(8).next_multiple_of(PAGE_SIZE);
        if fresh > self.fresh {
            if self.commit_bytes(range.fresh_at(self.fresh), fresh - self.fresh) != Commit::Done {
                return Commit::Refused;
            }
            self.fresh = fresh;
        }
        let bits = (end * BITS_PER_PAGE / 8).next_multiple_of(PAGE_SIZE);
        if bits > self.bits {
            if self.commit_bytes(range.bits_at(self.bits), bits - self.bits) != Commit::Done {
                return Commit::Refused;
            }
            self.bits = bits;
        }
        Commit::Done
    }

    /// Whether all that is in use is committed, with its share of the table and the bitmap.
    #[cfg(test)]
    pub(crate) fn is_valid(&self, range: &Range) -> bool {
        let end = range.end();
        let (table, fresh) = (end * size_of::<Page>(), end.div_ceil(8));
        let is_described = table <= self.table && fresh <= self.fresh && end * BITS_PER_PAGE / 8 <= self.bits;
        end <= self.pages && self.holes <= end && is_described
    }

    fn commit_bytes(&self, start: *mut u8, bytes: usize) -> Commit {
        if self.is_reserved {
            // SAFETY: a part of the window, which was reserved, in whole pages.
            return unsafe { os::commit(start, bytes) };
        }
        let commit = os::map_at(start, bytes);
        if commit == Commit::Done {
            start.expose_provenance();
        }
        commit
    }
}
