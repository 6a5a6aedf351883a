//! Memory of the operating system: reserve address space, give pages back.

use std::ptr::{self, NonNull};

/// Reserves `bytes` of zeroed address space, a multiple of `align`, aligned to it. Nothing is committed until touched.
/// `None` if the system refuses (an address-space limit, or strict overcommit).
pub(crate) fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    let padded = bytes.checked_add(align)?;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new anonymous mapping at an address of the kernel's choosing touches no existing memory.
    let start = unsafe {
        libc::mmap(
            ptr::null_mut(),
            padded,
            libc::PROT_READ | libc::PROT_WRITE,
            flags,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return None;
    }
    let aligned = (start as usize).next_multiple_of(align);
    // Huge pages would commit 2 MiB at the first touch of a page, and make giving one back split them.
    #[cfg(target_os = "linux")]
    // SAFETY: advice on a mapping that was just made; failure changes nothing.
    unsafe {
        libc::madvise(aligned as *mut libc::c_void, bytes, libc::MADV_NOHUGEPAGE);
    }
    NonNull::new(aligned as *mut u8)
}

/// As pthread_atfork(3).
pub(crate) fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    // SAFETY: functions without arguments, which live as long as the program.
    unsafe { libc::pthread_atfork(Some(call(prepare)), Some(call(parent)), Some(call(child))) == 0 }
}

/// As the C type that the system's headers give it.
fn call(function: extern "C" fn()) -> unsafe extern "C" fn() {
    function
}

/// Gives the memory behind `start..start + bytes` back. It reads as zero from then on. `false` if the system refused, in
/// which case the memory is as it was.
///
/// # Safety
/// The range is part of a reservation, aligned to the system's pages, and nothing in it is in use.
#[must_use]
pub(crate) unsafe fn release(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: the caller gives up the contents; the mapping itself stays.
    unsafe { libc::madvise(start.cast(), bytes, libc::MADV_DONTNEED) == 0 }
}
