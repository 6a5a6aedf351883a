//! The feature `hardened`: every misuse of memory that the pool can see is looked for, and ends the program with a sentence.
//!
//! | misuse | seen |
//! | --- | --- |
//! | free of what is no block, or of a part of one | at the free, exactly: its page's layout, and its bit |
//! | second free, by any thread | at the free, exactly: one bit for every place where a slot can begin |
//! | write beyond a raw block | at its free, by the canary in the slot's last word; at once, by the guard, behind whole pages |
//! | write into a free slot | when the slot is taken again: it must be zero as it was left, but for the header word of an object |
//! | write to a free list's link | before the link is followed: it leads to a free slot of the page, or ends the list |
//!
//! Besides, slots are handed out in an order that nobody can foretell. Reads of freed memory find zeroes (and an object's header
//! word, which is the client's).
//!
//! **Mechanism.** A bitmap in the window, before that of fresh pages, says which slots are in use (`hardened/bits.rs`). The checks
//! stand in `hardened/checks.rs`, what cannot be foretold in `hardened/secret.rs`. Without the feature each check is one of the
//! functions below that do nothing, and the constants are 0, so the compiler leaves nothing of them.
//!
//! **Cost.** An atomic read-modify-write for each operation, the block's bytes once each way, and a call of the system for each
//! block of whole pages each way. What the guard's call refuses goes unguarded.

#[cfg(feature = "hardened")]
mod bits;
#[cfg(feature = "hardened")]
mod checks;
#[cfg(feature = "hardened")]
mod secret;

#[cfg(feature = "hardened")]
pub(crate) use bits::BITS_PER_PAGE;
#[cfg(all(test, feature = "hardened"))]
pub(crate) use checks::is_free;
#[cfg(feature = "hardened")]
pub(crate) use checks::{CANARY, check_link, give, give_large, place_large, prepare, tail, take, take_large};
#[cfg(feature = "hardened")]
pub(crate) use secret::order;

#[cfg(not(feature = "hardened"))]
pub(crate) use off::*;

/// Whether the feature is on.
pub(crate) const IS_ON: bool = cfg!(feature = "hardened");

/// What remains without the feature: nothing.
#[cfg(not(feature = "hardened"))]
mod off {
    use crate::page::Page;
    use crate::slot::Slot;
    use std::ops::Range;

    pub(crate) const BITS_PER_PAGE: usize = 0;
    pub(crate) const CANARY: usize = 0;

    #[inline(always)]
    pub(crate) fn take(_: &Page, _: *mut Slot) {}

    #[inline(always)]
    pub(crate) fn give(_: &Page, _: *mut Slot) {}

    #[inline(always)]
    pub(crate) fn check_link(_: &Page, _: *mut Slot) {}

    #[inline(always)]
    pub(crate) fn prepare(_: &Page, _: *mut Slot) {}

    /// Last to first, so that linking each before the one that came last yields them in order.
    #[inline(always)]
    pub(crate) fn order(slots: Range<u32>) -> impl Iterator<Item = u32> {
        slots.rev()
    }

    #[inline(always)]
    pub(crate) fn tail(_: &Page) -> usize {
        0
    }

    #[inline(always)]
    pub(crate) fn place_large(bytes: usize, _: usize) -> Option<(usize, usize)> {
        Some((0, bytes))
    }

    #[inline(always)]
    pub(crate) fn take_large(_: &Page, _: *mut Slot) {}

    #[inline(always)]
    pub(crate) fn give_large(_: &Page) -> bool {
        true
    }

    #[cfg(test)]
    pub(crate) fn is_free(_: *mut Slot) -> bool {
        true
    }
}
