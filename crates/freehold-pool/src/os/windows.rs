//! Windows: VirtualAlloc and its relatives.

use super::{Commit, Os};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::{self, NonNull};

/// The system's calls.
pub(super) struct Windows;

const MEM_COMMIT: u32 = 0x1000;
const MEM_RESERVE: u32 = 0x2000;
const MEM_DECOMMIT: u32 = 0x4000;
const PAGE_NOACCESS: u32 = 0x01;
const PAGE_READWRITE: u32 = 0x04;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn VirtualAlloc(address: *mut c_void, size: usize, kind: u32, protection: u32) -> *mut c_void;
    fn VirtualFree(address: *mut c_void, size: usize, kind: u32) -> i32;
    fn VirtualProtect(address: *mut c_void, size: usize, protection: u32, before: *mut u32) -> i32;
    fn GetTickCount64() -> u64;
    fn FlushProcessWriteBuffers();
    fn GetLastError() -> u32;
    fn SetLastError(error: u32);
}

impl Os for Windows {
    const IS_LAZY: bool = false;
    const WINDOW: Option<usize> = None;

    fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: a new reservation at an address of the system's choosing.
        let start = unsafe { VirtualAlloc(ptr::null_mut(), bytes.checked_add(align)?, MEM_RESERVE, PAGE_NOACCESS) };
        let start = start.cast::<u8>();
        NonNull::new(start.wrapping_add(start.align_offset(align))).filter(|_| !start.is_null())
    }

    unsafe fn commit(start: *mut u8, bytes: usize) -> bool {
        // SAFETY: the caller's reservation; committing what is committed changes nothing.
        unsafe { !VirtualAlloc(start.cast(), bytes, MEM_COMMIT, PAGE_READWRITE).is_null() }
    }

    fn map_at(_: *mut u8, _: usize) -> Commit {
        Commit::Refused
    }

    unsafe fn release(start: *mut u8, bytes: usize) -> bool {
        // SAFETY: the caller gives up the contents. The range is committed anew at once, since the pool takes free pages for
        // usable; memory is behind it at the first touch only.
        unsafe { VirtualFree(start.cast(), bytes, MEM_DECOMMIT) != 0 && Self::commit(start, bytes) }
    }

    unsafe fn populate(start: *mut u8, bytes: usize) -> bool {
        for offset in (0..bytes).step_by(4096) {
            // SAFETY: within the range, which nobody uses.
            unsafe { start.add(offset).write_volatile(0) };
        }
        true
    }

    #[cfg(feature = "hardened")]
    unsafe fn guard(start: *mut u8, bytes: usize, is_guarded: bool) -> bool {
        let protection = if is_guarded { PAGE_NOACCESS } else { PAGE_READWRITE };
        let mut before = 0;
        // SAFETY: the caller's range, which is in no use.
        unsafe { VirtualProtect(start.cast(), bytes, protection, &raw mut before) != 0 }
    }

    fn at_fork(_: extern "C" fn(), _: extern "C" fn(), _: extern "C" fn()) -> bool {
        true
    }

    fn keep_error<R>(work: impl FnOnce() -> R) -> R {
        // SAFETY: reads the thread's own number.
        let before = unsafe { GetLastError() };
        let result = work();
        // SAFETY: writes it.
        unsafe { SetLastError(before) };
        result
    }

    fn at_thread_end(end: extern "C" fn(*mut c_void), heap: *mut c_void) -> bool {
        struct End(Cell<Option<(extern "C" fn(*mut c_void), *mut c_void)>>);
        impl Drop for End {
            fn drop(&mut self) {
                if let Some((end, heap)) = self.0.take() {
                    end(heap);
                }
            }
        }
        thread_local! {
            static END: End = const { End(Cell::new(None)) };
        }
        END.try_with(|last| last.0.set(Some((end, heap)))).is_ok()
    }

    fn milliseconds() -> u64 {
        // SAFETY: takes nothing and cannot fail.
        unsafe { GetTickCount64() }
    }

    fn has_barrier() -> bool {
        true
    }

    fn barrier() -> bool {
        // SAFETY: takes nothing and cannot fail.
        unsafe { FlushProcessWriteBuffers() };
        true
    }
}
