//! The space of a real collection: the pool's traced pages, or some of them.
//!
//! Slots are numbered page after page; a page's first number is a multiple of 32, so that a number finds its page by one
//! look-up of a table of blocks. (Pages of slots have 32 or more.)

use super::space::Space;
use super::visit::{Entered, enter};
use crate::header::Header;
use freehold_pool::{Kind, PageView, Walk};
use std::ptr::NonNull;

const BLOCK: usize = 32;
const NO_PAGE: u32 = u32::MAX;

/// Pages at the time of its making, and a walk that keeps them in place.
pub(crate) struct HeapSpace {
    pages: Vec<Numbered>,
    /// For each block of numbers, the index in `pages`.
    blocks: Vec<u32>,
    /// For each page number of the pool, the first slot number.
    firsts: Vec<u32>,
    walk: Walk,
}

struct Numbered {
    first: u32,
    page: PageView,
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
            firsts: Vec::new(),
            walk,
        };
        for page in views {
            space.add(page);
        }
        space
    }

    /// Runs `work` on every object, each claimed meanwhile; returns the orphans.
    pub(crate) fn enter_each(&self, mut work: impl FnMut(&Header)) -> Vec<NonNull<Header>> {
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
        if page.is_empty() || first + blocks * BLOCK >= NO_PAGE as usize {
            // Beyond 2³² slots, 64 GiB of the smallest, the rest is not considered: its handles count as external.
            return;
        }
        let number = self.pages.len() as u32;
        self.blocks.extend(std::iter::repeat_n(number, blocks));
        self.firsts.resize(page.index(), NO_PAGE);
        self.firsts.push(first as u32);
        self.pages.push(Numbered {
            first: first as u32,
            page,
        });
    }
}

impl Space for HeapSpace {
    fn len(&self) -> usize {
        self.blocks.len() * BLOCK
    }

    fn for_each(&self, mut visit: impl FnMut(u32, NonNull<Header>)) {
        for Numbered { first, page } in &self.pages {
            for slot in 0..page.len() {
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
        let at = unsafe { self.walk.position(header.cast()) };
        let first = self.firsts.get(at.page).copied().filter(|&first| first != NO_PAGE)?;
        let index = first + at.slot;
        // A slot handed out after the space was made lies behind the page's numbers.
        let Numbered { first, page } = &self.pages[*self.blocks.get(index as usize / BLOCK)? as usize];
        (*first + at.slot == index && at.slot < page.len()).then_some(index)
    }
}
