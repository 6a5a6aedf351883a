//! The window of address space that all memory of the pool lies in, and how an address finds its page.
//!
//! ```text
//! [bitmap of fresh pages][table of descriptors][page 0][page 1] … [page limit-1][never used …]
//!                                              ^ base
//! ```
//!
//! One window a process, of constant size, never unmapped. Descriptor `i` stands at a constant distance before page `i`'s, so
//! an address finds its descriptor with a subtraction and a shift; and one comparison tells an address that cannot be a slot's.

use crate::fork::{self, Lock};
use crate::fresh::FreshBit;
use crate::growth::Growth;
use crate::hardened::BITS_PER_PAGE;
use crate::os;
use crate::page::{PAGE_SHIFT, PAGE_SIZE, Page};
use crate::primitive::{AtomicU64, AtomicUsize, Ordering};
use crate::slot::Slot;
use crate::source::State;
use crate::spans::Pages;
use std::ops::Deref;
use std::ptr;
use std::sync::MutexGuard;

/// The pages of the window: 256 GiB of them, or 1 GiB where addresses are short.
pub(crate) const PAGES: usize = (if cfg!(target_pointer_width = "64") { 256 } else { 1 } << 30) / PAGE_SIZE;
const TABLE_BYTES: usize = PAGES * size_of::<Page>();
const FRESH_BYTES: usize = PAGES / 8;
/// Of the bitmap of slots in use, with the feature `hardened`.
const BITS_BYTES: usize = PAGES * BITS_PER_PAGE / 8;
const WINDOW: usize = BITS_BYTES + FRESH_BYTES + TABLE_BYTES + PAGES * PAGE_SIZE;

const _: () = assert!(
    TABLE_BYTES.is_multiple_of(PAGE_SIZE) && FRESH_BYTES.is_multiple_of(PAGE_SIZE),
    "pages are aligned"
);

/// Slots begin at multiples of this.
const UNIT: usize = size_of::<Slot>();
const UNIT_SHIFT: u32 = UNIT.trailing_zeros();

/// The process's window.
pub(crate) struct Range {
    /// The address of page 0; 0 until there is a window.
    base: AtomicUsize,
    /// Pages from here on have never been used. In units of slots' alignment.
    limit: AtomicUsize,
    /// The spans of pages.
    pub(crate) state: Apart<Lock<State>>,
}

/// In cache lines of its own: every free reads the words above, and whoever takes this lock writes to it.
#[repr(align(128))]
pub(crate) struct Apart<T>(T);

impl<T> Deref for Apart<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

static RANGE: Range = Range {
    base: AtomicUsize::new(0),
    limit: AtomicUsize::new(0),
    state: Apart(Lock::new(State::new())),
};

/// The source's lock, held across a fork.
pub(crate) fn hold() -> MutexGuard<'static, State> {
    RANGE.state.lock()
}

/// The process's window, made at first use; `None` if address space could not be had. A refusal is not remembered.
pub(crate) fn range() -> Option<&'static Range> {
    if let Some(range) = Range::existing() {
        return Some(range);
    }
    let mut state = RANGE.state.lock();
    if Range::existing().is_none() {
        RANGE.open(&mut state.growth)?;
        drop(state);
        fork::register();
    }
    Some(&RANGE)
}

impl Range {
    /// The window, if there is one.
    #[inline]
    pub(crate) fn existing() -> Option<&'static Range> {
        // Acquire pairs with the Release in `open`.
        (RANGE.base.load(Ordering::Acquire) != 0).then_some(&RANGE)
    }

    /// The window, of which the caller knows that it exists. Until it does, no address lies in it.
    #[inline]
    pub(crate) fn the() -> &'static Range {
        &RANGE
    }

    fn open(&self, growth: &mut Growth) -> Option<()> {
        let reserved = os::reserve(WINDOW, PAGE_SIZE);
        let start = match reserved {
            Some(start) => start.as_ptr().expose_provenance(),
            None => os::WINDOW?,
        };
        *growth = Growth::new(reserved.is_some());
        self.base
            .store(start + BITS_BYTES + FRESH_BYTES + TABLE_BYTES, Ordering::Release);
        Some(())
    }

    // Relaxed: whoever has an address in the window has seen the window made.
    #[inline]
    fn base(&self) -> usize {
        self.base.load(Ordering::Relaxed)
    }

    /// The descriptor of page `index`, which is below the frontier.
    #[inline]
    pub(crate) fn page(&self, index: usize) -> &'static Page {
        debug_assert!(index < self.frontier());
        let base = self.base();
        Found { base, index }.page()
    }

    /// The page that an address lies in; `None`: no slot can begin there.
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<Found> {
        let base = self.base();
        // Turned by the alignment's bits, an offset that is not aligned is greater than any limit, as one outside is.
        let units = address.wrapping_sub(base).rotate_right(UNIT_SHIFT);
        // Relaxed: whoever has a slot has seen its page come into use.
        (units < self.limit.load(Ordering::Relaxed)).then(|| Found {
            base,
            index: units >> (PAGE_SHIFT as u32 - UNIT_SHIFT),
        })
    }

    fn fresh(&self) -> usize {
        self.base() - TABLE_BYTES - FRESH_BYTES
    }

    /// 64 bits of the bitmap of fresh pages; those of the pages from `64 * index` on, the first of which is below the frontier.
    #[inline]
    pub(crate) fn fresh_word(&self, index: usize) -> &'static AtomicU64 {
        debug_assert!(index * 64 < self.frontier());
        // SAFETY: in bounds of the bitmap and committed, as the pages are; zeroed; never unmapped.
        unsafe { &*ptr::with_exposed_provenance(self.fresh() + index * 8) }
    }

    /// Whether page `index` is fresh.
    pub(crate) fn fresh_bit(&self, index: usize) -> FreshBit<'static> {
        FreshBit::new(self.fresh_word(index / 64), index)
    }

    /// Which page an address of the window lies in.
    #[inline]
    pub(crate) fn index_of(&self, address: usize) -> usize {
        (address - self.base()) >> PAGE_SHIFT
    }

    /// The number of pages ever used.
    pub(crate) fn frontier(&self) -> usize {
        // Relaxed: a page that comes to be after the look is none of the looker's concern.
        self.limit.load(Ordering::Relaxed) >> (PAGE_SHIFT as u32 - UNIT_SHIFT)
    }

    /// Pages below `pages` are committed, and may be used. By the source, under its lock.
    pub(crate) fn set_frontier(&self, pages: usize) {
        self.limit
            .store(pages << (PAGE_SHIFT as u32 - UNIT_SHIFT), Ordering::Relaxed);
    }

    /// The first byte of page `index`.
    pub(crate) fn start(&self, index: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.base() + (index << PAGE_SHIFT))
    }

    /// The byte `offset` of the table of descriptors, committed or not.
    pub(crate) fn table_at(&self, offset: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.base() - TABLE_BYTES + offset)
    }

    /// The byte `offset` of the bitmap of slots in use, committed or not.
    pub(crate) fn bits_at(&self, offset: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.fresh() - BITS_BYTES + offset)
    }

    /// How far from the first page an address of the window lies.
    #[cfg(feature = "hardened")]
    pub(crate) fn offset_of(&self, address: usize) -> usize {
        address - self.base()
    }

    /// The byte `offset` of the bitmap of fresh pages, committed or not.
    pub(crate) fn fresh_at(&self, offset: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.fresh() + offset)
    }
}

/// A page below the frontier, by its number. Apart from its descriptor, so that there is no null to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    base: usize,
    index: usize,
}

impl Found {
    /// The descriptor.
    #[inline]
    pub(crate) fn page(self) -> &'static Page {
        let address = self.base - TABLE_BYTES + self.index * size_of::<Page>();
        // SAFETY: in bounds of the table and committed, since pages below the frontier are; zeroed at first, and a zeroed
        // descriptor is a free page; never unmapped.
        unsafe { &*ptr::with_exposed_provenance(address) }
    }
}

impl Pages for Range {
    fn page(&self, index: usize) -> &'static Page {
        self.page(index)
    }

    fn number(&self, page: &Page) -> usize {
        (ptr::from_ref(page).addr() + TABLE_BYTES - self.base()) / size_of::<Page>()
    }

    fn end(&self) -> usize {
        self.frontier()
    }
}
