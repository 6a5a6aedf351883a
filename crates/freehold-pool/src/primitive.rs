//! The one switch between `std` and `loom`: every atomic of this crate comes from here, and the link of a free slot.

#[cfg(not(loom))]
mod imp {
    pub use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

    /// A pointer that one thread at a time uses, and that others may glance at: the word of a free slot's link is one of
    /// the client's while the slot is in use, and a walker reads it before it knows which. A plain load and store.
    #[repr(transparent)]
    pub struct Link<T>(AtomicPtr<T>);

    impl<T> Link<T> {
        /// The pointer. Relaxed: whoever holds the list wrote it, or has synchronised with who did.
        #[inline]
        pub fn get(&self) -> *mut T {
            self.0.load(Ordering::Relaxed)
        }

        /// Sets the pointer. Relaxed: as `get`.
        #[inline]
        pub fn set(&self, to: *mut T) {
            self.0.store(to, Ordering::Relaxed);
        }
    }
}

#[cfg(loom)]
mod imp {
    pub use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

    /// loom's cell, which reports two threads at one link.
    pub type Link<T> = loom::cell::Cell<*mut T>;
}

pub use imp::*;
