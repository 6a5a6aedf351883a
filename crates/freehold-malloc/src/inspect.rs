//! glibc's extensions that ask about memory, or have it given back: `malloc_usable_size`, `malloc_trim`.

use freehold_pool::raw;
use libc::{c_int, c_void};
use std::ptr::NonNull;

/// How many bytes a block has, at least what was asked for, all of which may be used; of null: 0.
///
/// # Safety
/// `block` is null, or came from this library and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: as the caller promised.
    NonNull::new(block.cast()).map_or(0, |start| unsafe { raw::usable_size(start) })
}

/// Gives unused memory back to the system: 1 if there was any, otherwise 0. `pad`, how much to keep at the top of a heap, has
/// no meaning here.
#[unsafe(no_mangle)]
pub extern "C" fn malloc_trim(_pad: usize) -> c_int {
    c_int::from(freehold_pool::trim() > 0)
}
