//! Walking: enumerating every slot while mutators allocate and free.

use crate::page::{Division, Kind, PAGE_SIZE, Page};
use crate::primitive::Ordering;
use crate::range::{Range, range};
use crate::slot::Slot;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// A walk in progress. While it lives, every page keeps its class and every header word its place; memory that is given
/// back meanwhile stays committed. Beginning and ending one costs a lock; a mutator never waits for a walk.
pub struct Walk {
    range: Option<&'static Range>,
    /// It ends on the thread that began it, since a child of a fork has that thread's walks and no others.
    not_send: PhantomData<*mut ()>,
}

// SAFETY: looking is all that can be done with a shared walk.
unsafe impl Sync for Walk {}

thread_local! {
    /// The walks that this thread has begun and not ended. Without destructor, so that it can be read at any time.
    static BEGUN: Cell<usize> = const { Cell::new(0) };
}

/// The walks of this thread.
pub(crate) fn begun() -> usize {
    BEGUN.get()
}

/// A page as a walk sees it.
#[derive(Clone, Copy)]
pub struct PageView {
    page: &'static Page,
    index: usize,
    /// The first slot.
    start: *mut u8,
    stride: usize,
    kind: Kind,
    extent: u32,
}

// SAFETY: the pointer is to memory that has its own rules; the view itself does not change.
unsafe impl Send for PageView {}
// SAFETY: as above.
unsafe impl Sync for PageView {}

impl Walk {
    /// Begins a walk.
    pub fn begin() -> Walk {
        let range = range();
        if let Some(range) = range {
            range.begin_walk();
            BEGUN.set(BEGUN.get() + 1);
        }
        Walk {
            range,
            not_send: PhantomData,
        }
    }

    /// One more than the greatest page number there is.
    pub fn frontier(&self) -> usize {
        self.range.map_or(0, Range::frontier)
    }

    /// Every page that has slots of objects, in order of address. Pages that come to be during the walk may be missed.
    pub fn pages(&self) -> impl Iterator<Item = PageView> + '_ {
        (0..self.frontier()).filter_map(|index| self.page(index))
    }

    /// Page `index`, if there is one and it has slots of objects.
    pub fn page(&self, index: usize) -> Option<PageView> {
        let range = self.range.filter(|range| index < range.frontier())?;
        let page = range.page(index);
        let kind = page.kind().filter(|&kind| kind != Kind::Raw)?;
        Some(PageView {
            page,
            index,
            start: range.start(index).wrapping_add(page.first()),
            stride: page.stride(),
            kind,
            extent: page.extent(),
        })
    }

    /// The numbers of the *fresh* pages, in order: those with objects that no look has seen. The caller is about to look at
    /// them; they are fresh no longer, but for those that a thread still allocates from. One caller at a time.
    ///
    /// An object is found on a fresh page if the thread that allocated it published it before its page ran out or the thread
    /// ended, as one does that runs no other code in between; otherwise [`mark_fresh`] says so again.
    pub fn take_fresh(&self) -> Vec<usize> {
        let Some(range) = self.range else { return Vec::new() };
        let mut fresh = Vec::new();
        for word in 0..self.frontier().div_ceil(64) {
            // Relaxed: a page that becomes fresh meanwhile is found at the next look.
            let mut bits = range.fresh_word(word).load(Ordering::Relaxed);
            while bits != 0 {
                let index = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                range.page(index).allocating().settle(range.fresh_bit(index));
                fresh.push(index);
            }
        }
        fresh
    }

    /// The number of the page that a slot lies in, and the offset within it. O(1).
    ///
    /// # Safety
    /// `slot` came from the pool.
    #[inline]
    pub unsafe fn locate(&self, slot: NonNull<Slot>) -> (usize, usize) {
        let range = Range::the();
        let address = slot.as_ptr() as usize;
        (range.index_of(address), address & (PAGE_SIZE - 1))
    }
}

/// Says that an object was published on a page that its thread may have left since it took the slot.
///
/// # Safety
/// `slot` came from the pool and was not given back.
pub unsafe fn mark_fresh(slot: NonNull<Slot>) {
    let range = Range::the();
    range.fresh_bit(range.index_of(slot.as_ptr() as usize)).set();
}

impl Drop for Walk {
    fn drop(&mut self) {
        if let Some(range) = self.range {
            range.end_walk();
            BEGUN.set(BEGUN.get() - 1);
        }
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("frontier", &self.frontier()).finish()
    }
}

impl PageView {
    /// The page's number.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What its slots are for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of slots that may be in use.
    pub fn len(&self) -> u32 {
        self.extent
    }

    /// Whether no slot of the page was ever handed out.
    pub fn is_empty(&self) -> bool {
        self.extent == 0
    }

    /// The size of a slot, in bytes.
    pub fn slot_size(&self) -> usize {
        self.stride
    }

    /// How the bytes of the page are told to slots.
    pub fn division(&self) -> Division {
        self.page.division()
    }

    /// Slot `index`, which is below `len`. Only its header word may be looked at, until that shows that it is in use.
    #[inline]
    pub fn slot(&self, index: u32) -> NonNull<Slot> {
        assert!(index < self.extent, "slot {index} of a page with {}", self.extent);
        // SAFETY: slots up to the extent lie within the page, which is not at address 0.
        unsafe { NonNull::new_unchecked(self.start.add(index as usize * self.stride).cast()) }
    }
}

impl fmt::Debug for PageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageView")
            .field("index", &self.index)
            .field("kind", &self.kind)
            .field("len", &self.extent)
            .finish_non_exhaustive()
    }
}
