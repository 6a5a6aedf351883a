//! Blocks with the alignment that every type of C has: `malloc`, `calloc`, `realloc`, `reallocarray`.
//!
//! A block of no bytes is a block: it has an address of its own, and is freed. No block has more than `PTRDIFF_MAX` bytes.

use crate::errno::fail;
use crate::release::free;
use freehold_pool::raw::{self, MIN_ALIGN};
use libc::{ENOMEM, c_void};
use std::alloc::Layout;
use std::ptr::NonNull;

/// What to ask the pool for; `None`: more bytes than a block can have.
#[inline]
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, MIN_ALIGN).ok()
}

/// The block, or a null pointer and the reason.
#[inline]
pub(crate) fn given(block: *mut u8) -> *mut c_void {
    if block.is_null() {
        return fail(ENOMEM);
    }
    block.cast()
}

/// A block of `size` bytes, undefined. Null and `ENOMEM`: there is no memory, or `size` is above `PTRDIFF_MAX`.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    match layout(size) {
        Some(layout) => given(raw::allocate(layout)),
        None => fail(ENOMEM),
    }
}

/// A block of `count` elements of `size` bytes, zeroed. Null and `ENOMEM`: as for [`malloc`], or the product overflows.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size).and_then(layout) {
        Some(layout) => given(raw::allocate_zeroed(layout)),
        None => fail(ENOMEM),
    }
}

/// Makes a block longer or shorter, and perhaps moves it with its contents. Of no block: [`malloc`]. To no bytes: [`free`], and
/// null, as glibc does it. Null and `ENOMEM`: as for [`malloc`], and the block is as it was.
///
/// # Safety
/// `block` is null, or came from this library and was not freed; it is freed unless `ENOMEM` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let Some(start) = NonNull::new(block.cast::<u8>()) else {
        return malloc(size);
    };
    if size == 0 {
        // SAFETY: the caller gives it up.
        unsafe { free(block) };
        return std::ptr::null_mut();
    }
    match layout(size) {
        // SAFETY: a block of the pool. Of a block with a greater alignment the contents are kept, and no more is promised.
        Some(layout) => given(unsafe { raw::reallocate(start, layout) }),
        None => fail(ENOMEM),
    }
}

/// [`realloc`] to `count` elements of `size` bytes. Null and `ENOMEM`, too, if the product overflows.
///
/// # Safety
/// As for [`realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: passed on.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => fail(ENOMEM),
    }
}
