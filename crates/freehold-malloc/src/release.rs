//! `free` and its relatives. None of them touches `errno` (POSIX, issue 8): programs free between a failure and its report. The
//! pool sees to that where it calls the system.

use freehold_pool::raw;
use libc::c_void;
use std::ptr::NonNull;

/// Gives a block back; of null: nothing.
///
/// # Aborts
/// With a sentence, if no block begins there or it is free already, as far as one look tells; with the feature
/// `hardened`, always.
///
/// # Safety
/// `block` is null, or came from this library, is freed once, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if let Some(start) = NonNull::new(block.cast()) {
        // SAFETY: as the caller promised.
        unsafe { raw::deallocate(start) };
    }
}

/// [`free`], with the size that was asked for (C23), which is not needed.
///
/// # Safety
/// As for [`free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(block: *mut c_void, _size: usize) {
    // SAFETY: passed on.
    unsafe { free(block) }
}

/// [`free`], with the alignment and the size that were asked for (C23), which are not needed.
///
/// # Safety
/// As for [`free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _alignment: usize, _size: usize) {
    // SAFETY: passed on.
    unsafe { free(block) }
}
