//! The pool as an allocator of Rust programs.

use crate::error::Error;
use crate::page::PAGE_SIZE;
use crate::range::range;
use crate::raw;
use crate::stats::{self, Stats};
use crate::thread;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

/// The process's pool as an allocator: the program's, or one collection's.
///
/// ```
/// use freehold_pool::Pool;
///
/// #[global_allocator]
/// static ALLOCATOR: Pool = Pool;
///
/// let words = vec![1u64; 1000];
/// assert!(ALLOCATOR.stats().committed >= size_of_val(&words[..]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pool;

impl Pool {
    /// What the pool holds, class by class. Cost: O(pages).
    pub fn stats(&self) -> Stats {
        stats::stats()
    }

    /// Gives unused memory back to the system; see [`trim`](crate::trim). Returns how many bytes.
    pub fn trim(&self) -> usize {
        thread::trim()
    }

    /// Has so many bytes of empty pages ready, with memory behind them, and keeps as many from now on; so that blocks of that size
    /// in all can be allocated without a call of the system. `reserve(0)` takes it back. Cost: the system's, for each page.
    ///
    /// # Errors
    /// If the system has no memory to give; what was reserved before stays.
    ///
    /// ```
    /// # fn main() -> Result<(), freehold_pool::Error> {
    /// freehold_pool::Pool.reserve(1 << 20)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reserve(&self, bytes: usize) -> Result<(), Error> {
        let pages = bytes.div_ceil(PAGE_SIZE);
        let is_reserved = range().is_some_and(|range| range.reserve(pages));
        is_reserved.then_some(()).ok_or(Error::out_of_memory(bytes))
    }
}

// SAFETY: blocks are the size and alignment asked for, do not overlap, stay until they are given back, and nothing unwinds.
unsafe impl GlobalAlloc for Pool {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        raw::allocate(layout)
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: a block of this allocator, so not null.
        unsafe { raw::deallocate(NonNull::new_unchecked(block)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        raw::allocate_zeroed(layout)
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises a size that is valid with this alignment.
        let layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: a block of this allocator, so not null.
        unsafe { raw::reallocate(NonNull::new_unchecked(block), layout) }
    }
}

#[cfg(feature = "allocator-api2")]
mod allocator {
    use super::{Pool, raw};
    use allocator_api2::alloc::{AllocError, Allocator};
    use std::alloc::Layout;
    use std::ptr::NonNull;

    /// The block as a slice of all that it holds. Of no bytes: no block.
    fn block(layout: Layout, take: impl FnOnce(Layout) -> *mut u8) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            let dangling = NonNull::new(std::ptr::without_provenance_mut(layout.align())).ok_or(AllocError)?;
            return Ok(NonNull::slice_from_raw_parts(dangling, 0));
        }
        let start = NonNull::new(take(layout)).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    // SAFETY: as for `GlobalAlloc`; the pool is the process's, so every copy of `Pool` is the same allocator, for ever.
    unsafe impl Allocator for Pool {
        fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            block(layout, raw::allocate)
        }

        fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            block(layout, raw::allocate_zeroed)
        }

        unsafe fn deallocate(&self, start: NonNull<u8>, layout: Layout) {
            if layout.size() > 0 {
                // SAFETY: a block of this allocator, of more than no bytes.
                unsafe { raw::deallocate(start) }
            }
        }

        unsafe fn grow(&self, start: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: passed on.
            unsafe { resize(self, start, old, new) }
        }

        unsafe fn shrink(&self, start: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: passed on.
            unsafe { resize(self, start, old, new) }
        }
    }

    /// # Safety
    /// As for [`Allocator::grow`] or [`Allocator::shrink`].
    unsafe fn resize(pool: &Pool, start: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() > 0 && new.size() > 0 && old.align() == new.align() {
            // SAFETY: a block of this allocator with this alignment.
            return block(new, |new| unsafe { raw::reallocate(start, new) });
        }
        let moved = pool.allocate(new)?;
        // SAFETY: two blocks of at least so many bytes.
        unsafe {
            moved
                .cast::<u8>()
                .copy_from_nonoverlapping(start, old.size().min(new.size()))
        };
        // SAFETY: the caller gives it up.
        unsafe { pool.deallocate(start, old) };
        Ok(moved)
    }
}
