//! `errno`, by which C functions say what went wrong, and which some of them must leave alone.

use libc::{c_int, c_void};
use std::ptr;

fn place() -> *mut c_int {
    // SAFETY: takes nothing; a valid pointer to the thread's own number, for as long as the thread runs.
    unsafe { libc::__errno_location() }
}

/// Says why there is no block, and gives the null pointer to return.
#[cold]
pub(crate) fn fail(reason: c_int) -> *mut c_void {
    // SAFETY: the thread's own number.
    unsafe { *place() = reason };
    ptr::null_mut()
}

/// Runs `work` and leaves `errno` as it was, whatever calls of the system `work` makes.
#[inline(always)]
pub(crate) fn keep<R>(work: impl FnOnce() -> R) -> R {
    let place = place();
    // SAFETY: the thread's own number.
    let before = unsafe { *place };
    let result = work();
    // SAFETY: as above; the thread is the same.
    unsafe { *place = before };
    result
}
