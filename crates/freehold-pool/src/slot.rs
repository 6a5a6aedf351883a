//! The two words at the start of a slot: the client's header word, and the link of the free lists.

use crate::primitive::{AtomicU64, Link};

/// The first 16 bytes of a slot.
///
/// | word | while free | while in use |
/// | --- | --- | --- |
/// | `word` | the client's; left as it was at [`free`](crate::free), zero in fresh memory | the client's |
/// | `link` | the next free slot of the page | the client's |
///
/// The pool never writes `word`. Walkers read it at any time; they may read what lies behind it only after the client's
/// own protocol on `word` has shown them that the slot is in use. (The second word is atomic in either state, so that a glance
/// at it is no data race; what it shows is a guess until `word` has been asked.)
#[repr(C)]
pub struct Slot {
    /// The client's header word.
    pub word: AtomicU64,
    pub(crate) link: Link<Slot>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Slot>() == 16, "a slot's fixed part is two words");

impl Slot {
    /// A slot that stands alone, for models and tests.
    #[cfg(loom)]
    pub fn detached() -> Self {
        Slot {
            word: AtomicU64::new(0),
            link: Link::new(std::ptr::null_mut()),
        }
    }

    /// The link of a slot in a list that the model holds.
    ///
    /// # Safety
    /// As for `next`.
    #[cfg(loom)]
    pub unsafe fn link_of(this: *mut Slot) -> *mut Slot {
        // SAFETY: passed on.
        unsafe { Slot::next(this) }
    }

    /// The next slot of the list that this one is in.
    ///
    /// # Safety
    /// The slot is free and the caller alone holds the list.
    #[inline]
    pub(crate) unsafe fn next(this: *mut Slot) -> *mut Slot {
        // SAFETY: a free slot's link is touched by the holder of its list only, which the caller is.
        unsafe { (*this).link.get() }
    }

    /// Sets the next slot of the list that this one is in.
    ///
    /// # Safety
    /// The slot is free and the caller alone holds it.
    #[inline]
    pub(crate) unsafe fn set_next(this: *mut Slot, next: *mut Slot) {
        // SAFETY: as in `next`.
        unsafe { (*this).link.set(next) }
    }
}
