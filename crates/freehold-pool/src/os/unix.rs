//! Linux, macOS and the BSDs: mmap(2) and madvise(2).

use super::{Commit, Os};
use crate::primitive::{AtomicU64, Ordering};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

/// The system's calls.
pub(super) struct Unix;

const READ_WRITE: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;

/// Where there is no such flag, nothing is reserved for a mapping anyway.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
const NO_RESERVE: libc::c_int = libc::MAP_NORESERVE;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
const NO_RESERVE: libc::c_int = 0;

/// Maps fresh memory, at `hint` if that place is free. The kernel never replaces a mapping that is there.
fn map(hint: *mut u8, bytes: usize, protection: libc::c_int, flags: libc::c_int) -> Option<*mut u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    // SAFETY: a new anonymous mapping, not a fixed one, so it touches no existing memory.
    let start = unsafe { libc::mmap(hint.cast(), bytes, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return None;
    }
    // Huge pages would commit 2 MiB at the first touch of a page, and make giving one back split them.
    #[cfg(target_os = "linux")]
    // SAFETY: advice on a mapping that was just made; failure changes nothing.
    unsafe {
        libc::madvise(start, bytes, libc::MADV_NOHUGEPAGE);
    }
    Some(start.cast())
}

/// Where the thread's `errno` is.
fn errno() -> *mut libc::c_int {
    #[cfg(target_os = "linux")]
    // SAFETY: takes nothing; a pointer that is valid as long as the thread runs.
    return unsafe { libc::__errno_location() };
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    // SAFETY: as above.
    return unsafe { libc::__errno() };
    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_os = "netbsd",
        target_os = "openbsd"
    )))]
    // SAFETY: as above.
    return unsafe { libc::__error() };
}

impl Os for Unix {
    const IS_LAZY: bool = true;

    // 16 TiB: above what programs are loaded at, below where kernels place mappings of their own accord.
    const WINDOW: Option<usize> = if cfg!(target_pointer_width = "64") {
        Some(1 << 44)
    } else {
        None
    };

    /// The reservation cannot be touched: what can be, mlockall(2) has the system find memory for, and strict overcommit counts.
    fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>> {
        let start = map(ptr::null_mut(), bytes.checked_add(align)?, libc::PROT_NONE, NO_RESERVE)?;
        NonNull::new(start.wrapping_add(start.align_offset(align)))
    }

    unsafe fn commit(start: *mut u8, bytes: usize) -> bool {
        // SAFETY: the caller's reservation. Fresh memory is found at the first touch.
        unsafe { libc::mprotect(start.cast(), bytes, READ_WRITE) == 0 }
    }

    fn map_at(start: *mut u8, bytes: usize) -> Commit {
        match map(start, bytes, READ_WRITE, 0) {
            None => Commit::Refused,
            Some(place) if place == start => Commit::Done,
            Some(elsewhere) => {
                // SAFETY: mapped just now, and nobody knows of it.
                unsafe { libc::munmap(elsewhere.cast(), bytes) };
                Commit::Taken
            }
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    unsafe fn release(start: *mut u8, bytes: usize) -> bool {
        // SAFETY: the caller gives up the contents; the mapping itself stays, and reads as zero.
        unsafe { libc::madvise(start.cast(), bytes, libc::MADV_DONTNEED) == 0 }
    }

    /// `MADV_DONTNEED` promises no zeroes outside Linux; a new mapping in place of the old one does.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    unsafe fn release(start: *mut u8, bytes: usize) -> bool {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | NO_RESERVE;
        // SAFETY: the caller owns the range and gives up the contents; the new mapping takes its place at once.
        unsafe { libc::mmap(start.cast(), bytes, READ_WRITE, flags, -1, 0) != libc::MAP_FAILED }
    }

    unsafe fn populate(start: *mut u8, bytes: usize) -> bool {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: a committed range; the contents stay.
            if unsafe { libc::madvise(start.cast(), bytes, libc::MADV_POPULATE_WRITE) } == 0 {
                return true;
            }
            // Kernels before 5.14 do not know the advice.
            if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL) {
                return false;
            }
        }
        for offset in (0..bytes).step_by(4096) {
            // SAFETY: within the range, which nobody uses; a zero where there was one, or in memory without meaning.
            unsafe { start.add(offset).write_volatile(0) };
        }
        true
    }

    #[cfg(feature = "hardened")]
    unsafe fn guard(start: *mut u8, bytes: usize, is_guarded: bool) -> bool {
        let protection = if is_guarded { libc::PROT_NONE } else { READ_WRITE };
        // SAFETY: the caller's range, which is in no use.
        unsafe { libc::mprotect(start.cast(), bytes, protection) == 0 }
    }

    fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
        // SAFETY: functions without arguments, which live as long as the program.
        unsafe { libc::pthread_atfork(Some(call(prepare)), Some(call(parent)), Some(call(child))) == 0 }
    }

    fn keep_error<R>(work: impl FnOnce() -> R) -> R {
        let place = errno();
        // SAFETY: the thread's own number.
        let before = unsafe { *place };
        let result = work();
        // SAFETY: as above.
        unsafe { *place = before };
        result
    }

    /// A key of pthread_key_create(3): its destructors run after those of thread-locals, and also when the value is set by another
    /// key's destructor, in up to four rounds. They do not run on the main thread when the process ends.
    fn at_thread_end(end: extern "C" fn(*mut c_void), heap: *mut c_void) -> bool {
        // The key and one; 0: there is none yet.
        static KEY: AtomicU64 = AtomicU64::new(0);
        let key = match KEY.load(Ordering::Acquire) {
            0 => {
                let mut key = 0;
                // SAFETY: the function lives as long as the program.
                if unsafe { libc::pthread_key_create(&raw mut key, Some(end_of(end))) } != 0 {
                    return false;
                }
                // Acquire and Release pair with the ones of other threads: a key is used after it was made.
                match KEY.compare_exchange(0, key as u64 + 1, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => key,
                    Err(first) => {
                        // SAFETY: made just now, and nobody knows of it.
                        unsafe { libc::pthread_key_delete(key) };
                        (first - 1) as libc::pthread_key_t
                    }
                }
            }
            made => (made - 1) as libc::pthread_key_t,
        };
        // SAFETY: a key that was made, and is never deleted.
        unsafe { libc::pthread_setspecific(key, heap) == 0 }
    }

    fn milliseconds() -> u64 {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the call fills the structure; if it fails, which it does not for these clocks, time stands still.
        unsafe { libc::clock_gettime(CLOCK, &raw mut now) };
        now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
    }

    fn has_barrier() -> bool {
        membarrier(REGISTER_PRIVATE_EXPEDITED)
    }

    fn barrier() -> bool {
        membarrier(PRIVATE_EXPEDITED)
    }
}

/// Commands of membarrier(2), which the `libc` crate does not name.
const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: takes numbers only, and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn membarrier(_: libc::c_int) -> bool {
    false
}

/// As the C type that the system's headers give it.
fn end_of(function: extern "C" fn(*mut c_void)) -> unsafe extern "C" fn(*mut c_void) {
    function
}

/// As the C type that the system's headers give it.
fn call(function: extern "C" fn()) -> unsafe extern "C" fn() {
    function
}
