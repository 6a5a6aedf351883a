//! Slots in the eyes of AddressSanitizer: under `--cfg asan` a free slot is poisoned but for its two words, so that whoever
//! touches a dead object's payload is caught, as with memory from the process's allocator. Otherwise nothing happens.

use crate::page::Page;
use crate::slot::Slot;
use std::ffi::c_void;

#[cfg(asan)]
unsafe extern "C" {
    fn __asan_poison_memory_region(start: *const c_void, size: usize);
    fn __asan_unpoison_memory_region(start: *const c_void, size: usize);
}

#[cfg(not(asan))]
#[inline(always)]
unsafe fn __asan_poison_memory_region(_: *const c_void, _: usize) {}
#[cfg(not(asan))]
#[inline(always)]
unsafe fn __asan_unpoison_memory_region(_: *const c_void, _: usize) {}

/// The slot is in use from now on.
#[inline(always)]
pub(crate) fn show(page: &Page, slot: *mut Slot) {
    if cfg!(asan) {
        // SAFETY: the run time only takes a note; the slot has this size.
        unsafe { __asan_unpoison_memory_region(slot.cast(), page.stride()) };
    }
}

/// The slot is free from now on.
#[inline(always)]
pub(crate) fn hide(page: &Page, slot: *mut Slot) {
    if cfg!(asan) {
        // SAFETY: as in `show`; slots are no smaller than their two words.
        unsafe { __asan_poison_memory_region(slot.add(1).cast(), page.stride() - size_of::<Slot>()) };
    }
}

/// All of the span is in use from now on: its slots, if it had any, are no more.
#[inline(always)]
pub(crate) fn show_all(start: *mut u8, bytes: usize) {
    if cfg!(asan) {
        // SAFETY: as in `show`; the span lies in the window.
        unsafe { __asan_unpoison_memory_region(start.cast(), bytes) };
    }
}
