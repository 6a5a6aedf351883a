//! Nodes of structures, in the pool's raw blocks: about as quick to take and to give back, on any thread, as a slot of the heap.
//!
//! In models they are boxes, whose [lives](crate::primitive::Life) loom watches.

#[cfg(not(loom))]
mod imp {
    use freehold_pool::raw;
    use std::alloc::{Layout, handle_alloc_error};
    use std::ptr::NonNull;

    /// A place for a node, to be written to.
    #[inline]
    pub(in super::super) fn place<N>() -> *mut N {
        // Nodes are told apart by their addresses, so each has a byte.
        let size = size_of::<N>().max(1);
        let Ok(layout) = Layout::from_size_align(size, align_of::<N>()) else {
            handle_alloc_error(Layout::new::<N>());
        };
        let place = raw::allocate(layout).cast::<N>();
        if place.is_null() {
            handle_alloc_error(layout);
        }
        place
    }

    /// Drops a node, and gives its block back.
    ///
    /// # Safety
    /// From [`place`], and written; nobody uses it any more.
    #[inline]
    pub(in super::super) unsafe fn free<N>(node: *mut N) {
        let _block = Block(node);
        // SAFETY: as the caller promised.
        unsafe { node.drop_in_place() };
    }

    /// Given back also if a drop panics.
    struct Block<N>(*mut N);

    impl<N> Drop for Block<N> {
        #[inline]
        fn drop(&mut self) {
            // SAFETY: from the pool, so not null.
            unsafe { raw::deallocate(NonNull::new_unchecked(self.0.cast())) };
        }
    }
}

#[cfg(loom)]
mod imp {
    pub(in super::super) fn place<N>() -> *mut N {
        Box::into_raw(Box::<N>::new_uninit()).cast()
    }

    /// # Safety
    /// From [`place`], and written; nobody uses it any more.
    pub(in super::super) unsafe fn free<N>(node: *mut N) {
        // SAFETY: as the caller promised.
        drop(unsafe { Box::from_raw(node) });
    }
}

pub(super) use imp::{free, place};

/// A node of its own.
#[inline]
pub(super) fn new<N>(node: N) -> *mut N {
    let place = place::<N>();
    // SAFETY: a fresh block, large and aligned enough.
    unsafe { place.write(node) };
    place
}
