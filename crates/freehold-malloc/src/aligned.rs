//! Blocks with an alignment that is asked for: `aligned_alloc`, `posix_memalign`, and what was there before them.

use crate::block::given;
use crate::errno::{fail, keep};
use freehold_pool::raw::{self, MIN_ALIGN};
use libc::{EINVAL, ENOMEM, c_int, c_void};
use std::alloc::Layout;

/// The pool's block; null: no memory, or more bytes than there can be. The alignment is a power of two.
fn take(align: usize, size: usize) -> *mut u8 {
    match Layout::from_size_align(size, align.max(MIN_ALIGN)) {
        Ok(layout) => raw::allocate(layout),
        Err(_) => std::ptr::null_mut(),
    }
}

/// The size of the system's pages.
fn page() -> usize {
    // SAFETY: asks for a constant of the system.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// A block of `size` bytes, of any `size`, aligned to `alignment`. Null and `EINVAL`: that is not a power of two; `ENOMEM`: there
/// is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    if !alignment.is_power_of_two() {
        return fail(EINVAL);
    }
    given(take(alignment, size))
}

/// As [`aligned_alloc`], but an alignment that is not a power of two stands for the next one, as in glibc.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    match alignment.checked_next_power_of_two() {
        Some(alignment) => given(take(alignment, size)),
        None => fail(EINVAL),
    }
}

/// Puts a block of `size` bytes, aligned to `alignment`, in `*place`, and returns 0. `EINVAL`: the alignment is not a power of
/// two and a multiple of a pointer's size; `ENOMEM`: there is no memory; then `*place` is as it was. `errno` is, in any case.
///
/// # Safety
/// `place` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(place: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    if !alignment.is_power_of_two() || !alignment.is_multiple_of(size_of::<*mut c_void>()) {
        return EINVAL;
    }
    let block = keep(|| take(alignment, size));
    if block.is_null() {
        return ENOMEM;
    }
    // SAFETY: the caller's place.
    unsafe { place.write(block.cast()) };
    0
}

/// A block of `size` bytes, aligned to the system's pages. Null and `ENOMEM`: there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    given(take(page(), size))
}

/// As [`valloc`], with `size` rounded up to whole pages of the system.
#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    match size.checked_next_multiple_of(page()) {
        Some(size) => valloc(size),
        None => fail(ENOMEM),
    }
}
