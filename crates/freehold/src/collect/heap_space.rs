//! The space of a real collection: the pool's traced pages, or some of them.
//!
//! Slots are numbered page after page; a page's first number is a multiple of 32, so that a number finds its page by one
//! look-up of a table of blocks. (Pages of slots have 32 or more.)

use super::space::Space;
use super::visit::{Entered, enter};
use crate::header::Header;
use freehold_pool::{Division, Kind, PageView, Walk};
use std::ops::Range;
use std::ptr::NonNull;

const BLOCK: usize = 32;

/// Pages at the time of its making, and a walk that keeps them in place.
pub(crate) struct HeapSpace {
    pages: Vec<Numbered>,
    /// For each block of numbers, the index in `pages`.
    blocks: Vec<u32>,
    /// For each page number of the pool, which numbers its slots have.
    numbers: Vec<Numbers>,
    walk: Walk,
}

struct Numbered {
    first: u32,
    page: PageView,
}

/// The numbers of a page's slots; none for a page that is not of the space.
#[derive(Clone, Copy, Default)]
struct Numbers {
    first: u32,
    len: u32,
    division: Division,
}

impl HeapSpace {
    /// The pages of `kinds`, as they are now.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        Self::with(Walk::begin(), |walk| {
            walk.pages().filter(|page| kinds.contains(&page.kind())).collect()
        })
    }

    /// The traced pages among those with these numbers, which are in order.
    pub(crate) fn of_pages(walk: Walk, numbers: &[usize]) -> Self {
        Self::with(walk, |walk| {
            let pages = numbers.iter().filter_map(|&number| walk.page(number));
            pages.filter(|page| page.kind() == Kind::Traced).collect()
        })
    }

    fn with(walk: Walk, pages: impl FnOnce(&Walk) -> Vec<PageView>) -> Self {
        let views = pages(&walk);
        let mut space = HeapSpace {
            pages: Vec::with_capacity(views.len()),
            blocks: Vec::new(),
            numbers: Vec::new(),
            walk,
        };
        for page in views {
            space.add(page);
        }
        space
    }

    /// Runs `work` on every object, each claimed meanwhile; returns the orphans.
    pub(crate) fn enter_each(&self, mut work: impl FnMut(NonNull<Header>)) -> Vec<NonNull<Header>> {
        let mut orphans = Vec::new();
        self.for_each(|_, header| {
            if let Entered::Orphan = enter(header, &mut work) {
                orphans.push(header);
            }
        });
        orphans
    }

    /// The number of slots, in use or not.
    pub(crate) fn slots(&self) -> usize {
        self.pages.iter().map(|numbered| numbered.page.len() as usize).sum()
    }

    fn add(&mut self, page: PageView) {
        let first = self.blocks.len() * BLOCK;
        let blocks = (page.len() as usize).div_ceil(BLOCK);
        if page.is_empty() || first + blocks * BLOCK >= u32::MAX as usize {
            // Beyond 2³² slots, 128 GiB of the smallest, the rest is not considered: its handles count as external.
            return;
        }
        let (number, first) = (self.pages.len() as u32, first as u32);
        self.blocks.extend(std::iter::repeat_n(number, blocks));
        self.numbers.resize(page.index(), Numbers::default());
        self.numbers.push(Numbers {
            first,
            len: page.len(),
            division: page.division(),
        });
        self.pages.push(Numbered { first, page });
    }
}

impl Space for HeapSpace {
    fn len(&self) -> usize {
        self.blocks.len() * BLOCK
    }

    fn for_each_in(&self, range: Range<u32>, mut visit: impl FnMut(u32, NonNull<Header>)) {
        let from = self
            .pages
            .partition_point(|numbered| numbered.first + numbered.page.len() <= range.start);
        for Numbered { first, page } in &self.pages[from..] {
            let slots = range.start.saturating_sub(*first)..range.end.saturating_sub(*first).min(page.len());
            if slots.end == 0 {
                return;
            }
            for slot in slots {
                visit(first + slot, page.slot(slot).cast());
            }
        }
    }

    #[inline]
    fn header(&self, index: u32) -> NonNull<Header> {
        let Numbered { first, page } = &self.pages[self.blocks[index as usize / BLOCK] as usize];
        page.slot(index - first).cast()
    }

    #[inline]
    fn index(&self, header: NonNull<Header>) -> Option<u32> {
        // SAFETY: headers are those of objects, found in traced fields during the walk, so they stand in slots of the pool.
        let (page, offset) = unsafe { self.walk.locate(header.cast()) };
        let numbers = self.numbers.get(page)?;
        // Of a page that is not of the space, any byte is in slot 0, of none.
        let slot = numbers.division.slot_at(offset);
        // A slot handed out after the space was made lies behind the page's numbers.
        (slot < numbers.len).then(|| numbers.first + slot)
    }
}
