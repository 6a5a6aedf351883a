//! Which pages have objects that no look has seen: *fresh* pages.
//!
//! **Problem.** A collection of young objects must find them without looking at the whole heap, and allocation must not
//! pay for it.
//!
//! **Mechanism.** A bit for each page of the range, in a bitmap of its own. An owner sets the page's bit when it begins to
//! allocate from the page, and says in the page's descriptor that it is at it; so the price is one atomic operation for each
//! page, not for each object. A collector that is about to look at a page *settles* it: clears the bit, then asks whether the
//! owner is still at it; if so the bit is set again, since more objects will come. Either the looker sees an object that was
//! published before the owner left the page, or the bit is set after the look.
//!
//! **Cost.** A look at 64 pages, 4 MiB of heap, is one load.

use crate::primitive::{AtomicBool, AtomicU64, Ordering};

/// The bit of one page.
#[derive(Clone, Copy, Debug)]
pub struct FreshBit<'a> {
    word: &'a AtomicU64,
    mask: u64,
}

impl<'a> FreshBit<'a> {
    /// Bit `index` of `word`.
    pub fn new(word: &'a AtomicU64, index: usize) -> Self {
        FreshBit {
            word,
            mask: 1 << (index % 64),
        }
    }

    /// The page has objects that no look has seen.
    pub fn set(self) {
        // Release pairs with the Acquire in `clear`: who clears the bit sees what was published before it was set, and that
        // the owner is at the page.
        self.word.fetch_or(self.mask, Ordering::Release);
    }

    fn clear(self) {
        // Acquire pairs with the Release in `set`. The write needs none: nobody learns anything from a bit that is not set.
        self.word.fetch_and(!self.mask, Ordering::Acquire);
    }
}

/// Whether the owner of a page allocates from it.
#[derive(Debug)]
pub struct Allocating(AtomicBool);

impl Allocating {
    /// Nobody does.
    #[cfg(not(loom))]
    pub const fn no() -> Self {
        Allocating(AtomicBool::new(false))
    }

    /// Nobody does.
    #[cfg(loom)]
    pub fn no() -> Self {
        Allocating(AtomicBool::new(false))
    }

    /// The owner begins to allocate from the page.
    pub fn begin(&self, bit: FreshBit<'_>) {
        // Relaxed: published by `set`.
        self.0.store(true, Ordering::Relaxed);
        bit.set();
    }

    /// The owner leaves the page.
    pub fn end(&self) {
        // Release pairs with the Acquire in `settle`: who sees that the owner left sees what it published.
        self.0.store(false, Ordering::Release);
    }

    /// Called before a look at the page: takes its bit, unless more objects are to come.
    pub fn settle(&self, bit: FreshBit<'_>) {
        bit.clear();
        // Acquire pairs with the Release in `end`.
        if self.0.load(Ordering::Acquire) {
            bit.set();
        }
    }
}
