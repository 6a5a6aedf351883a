//! The remote list of a page: slots freed by threads that do not own the page.
//!
//! A stack that many push onto and one, the owner, empties with a single swap; so there is no ABA. The low bit of the
//! head is a request, *notify*: an owner that has stopped looking at a page, because every slot of it is in use, sets the
//! bit, and exactly one pusher, the one that replaces the marked head, learns that it has to tell the owner.
//!
//! | head | low bit | meaning |
//! | --- | --- | --- |
//! | 0 | 0 | empty |
//! | slot | 0 | a list of freed slots; the owner looks by itself |
//! | 0 | 1 | empty, and the owner waits to be told of the next push |
//!
//! A marked head with slots behind it does not occur: `watch` marks an empty list only. An owner that looks at the page again
//! leaves the mark where it is, and may be told of a page that it knows of; that costs it nothing, and saves two atomic
//! operations for a page that is full now and again.

use crate::primitive::{AtomicUsize, Ordering};
use crate::slot::Slot;
use std::ptr;

const NOTIFY: usize = 1;

/// A page's list of slots freed by other threads.
#[derive(Debug)]
pub struct RemoteList {
    head: AtomicUsize,
}

impl Default for RemoteList {
    fn default() -> Self {
        Self::new()
    }
}

impl RemoteList {
    /// An empty list.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        RemoteList {
            head: AtomicUsize::new(0),
        }
    }

    /// An empty list.
    #[cfg(loom)]
    pub fn new() -> Self {
        RemoteList {
            head: AtomicUsize::new(0),
        }
    }

    /// Adds a slot; any thread. `true`: the owner had asked to be told, and this call has to tell it.
    ///
    /// # Safety
    /// `slot` is a freed slot of this list's page, in no list, and the caller gives it away.
    #[must_use]
    pub unsafe fn push(&self, slot: *mut Slot) -> bool {
        // Relaxed: only the value is used, and it is checked by the exchange.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: the slot is ours until the exchange succeeds.
            unsafe { Slot::set_next(slot, (head & !NOTIFY) as *mut Slot) };
            // Release pairs with the Acquire of `take`: the owner sees the link, and all that was done to the slot.
            match self
                .head
                .compare_exchange_weak(head, slot as usize, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return head & NOTIFY != 0,
                Err(now) => head = now,
            }
        }
    }

    /// Takes every slot, as a list linked through the slots; the owner only. A request to be told stays if there is none.
    pub fn take(&self) -> *mut Slot {
        // Relaxed: a slot pushed meanwhile is found at the next look.
        if self.head.load(Ordering::Relaxed) & !NOTIFY == 0 {
            return ptr::null_mut();
        }
        // Acquire pairs with the Release of `push`. There are slots, so there is no mark to lose.
        self.head.swap(0, Ordering::Acquire) as *mut Slot
    }

    /// Asks to be told of the next push; the owner only. `false`: there are slots already, and nothing was asked.
    #[must_use]
    pub fn watch(&self) -> bool {
        // Relaxed: success publishes nothing; whoever sees the mark finds the page through the page's own owner field.
        self.head.load(Ordering::Relaxed) == NOTIFY
            || self
                .head
                .compare_exchange(0, NOTIFY, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}
