//! Which slots are in use: a bit for every place of the window where one can begin.
//!
//! The bit is set when the slot is handed out and taken when it is given back, each by one atomic operation; so of two threads
//! that give the same slot back exactly one finds the bit.

use crate::page::PAGE_SIZE;
use crate::primitive::{AtomicU64, Ordering};
use crate::range::Range;
use crate::slot::Slot;

/// Slots that a page could have.
pub(crate) const BITS_PER_PAGE: usize = PAGE_SIZE / size_of::<Slot>();

/// The bit of one slot.
pub(super) struct Bit {
    word: &'static AtomicU64,
    mask: u64,
}

impl Bit {
    /// The bit of the slot that begins at an address, which lies below the frontier.
    pub(super) fn of(slot: *mut Slot) -> Bit {
        let number = Range::the().offset_of(slot.addr()) / size_of::<Slot>();
        let word = Range::the().bits_at(number / 64 * size_of::<u64>());
        Bit {
            // SAFETY: in bounds of the bitmap and committed, as the pages are; zeroed; never unmapped.
            word: unsafe { &*word.cast::<AtomicU64>() },
            mask: 1 << (number % 64),
        }
    }

    // Relaxed, in all these: the bit publishes nothing but itself, and of one word's changes every thread sees the same order.

    /// Sets it; whether it was set.
    pub(super) fn set(&self) -> bool {
        self.word.fetch_or(self.mask, Ordering::Relaxed) & self.mask != 0
    }

    /// Takes it; whether it was set.
    pub(super) fn clear(&self) -> bool {
        self.word.fetch_and(!self.mask, Ordering::Relaxed) & self.mask != 0
    }

    /// Whether it is set.
    pub(super) fn is_set(&self) -> bool {
        self.word.load(Ordering::Relaxed) & self.mask != 0
    }
}
