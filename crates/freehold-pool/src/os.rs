//! Memory of the operating system, behind one trait: address space, pages committed and given back, guards, a clock.
//!
//! The pool asks for one *window* of address space. A system that grants it whole (Linux: one mapping that cannot be touched;
//! Windows: `MEM_RESERVE`) commits pieces of it as they are first used. One that refuses (a limit on address space, strict
//! overcommit) still has a window, a range of addresses that nobody is likely to use, into which pieces are mapped one by one.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(test)]
pub(crate) mod fault;

use std::ffi::c_void;
use std::ptr::NonNull;

#[cfg(unix)]
use unix::Unix as System;
#[cfg(windows)]
use windows::Windows as System;

/// What became of a request to commit a piece of the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Commit {
    /// The piece can be used, and reads as zero.
    Done,
    /// Somebody else has memory there.
    Taken,
    /// The system has no memory to give.
    Refused,
}

/// What the pool needs of an operating system.
trait Os {
    /// `bytes` of address space, aligned to `align`, to be committed before use. `None`: refused.
    fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>>;

    /// Whether committed memory of a reservation costs nothing before its first touch.
    const IS_LAZY: bool;

    /// Where a window may be that was not reserved, if the system can map memory at a given place.
    const WINDOW: Option<usize>;

    /// Makes memory of a reservation usable.
    ///
    /// # Safety
    /// The range is part of a reservation, aligned to the system's pages.
    unsafe fn commit(start: *mut u8, bytes: usize) -> bool;

    /// Maps memory at a place where nothing is mapped.
    fn map_at(start: *mut u8, bytes: usize) -> Commit;

    /// Gives the memory behind a range back; it reads as zero from then on. `false`: it is as it was.
    ///
    /// # Safety
    /// The range is committed, aligned to the system's pages, and nothing in it is in use.
    unsafe fn release(start: *mut u8, bytes: usize) -> bool;

    /// Has the system find the memory behind a range now instead of at the first touch.
    ///
    /// # Safety
    /// The range is committed.
    unsafe fn populate(start: *mut u8, bytes: usize) -> bool;

    /// Makes each touch of a range an error of its own, or takes that back.
    ///
    /// # Safety
    /// The range is committed, aligned to the system's pages, and nothing in it is in use.
    #[cfg(feature = "hardened")]
    unsafe fn guard(start: *mut u8, bytes: usize, is_guarded: bool) -> bool;

    /// As pthread_atfork(3).
    fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool;

    /// Runs `work`, and leaves the system's account of the thread's last error as it was.
    fn keep_error<R>(work: impl FnOnce() -> R) -> R;

    /// Has `end` called with a heap of this thread's when the thread ends, after the destructors of its thread-locals. `false`: it
    /// will not be called.
    fn at_thread_end(end: extern "C" fn(*mut c_void), heap: *mut c_void) -> bool;

    /// Milliseconds of a clock that does not go back; cheap, and as coarse as that makes it.
    fn milliseconds() -> u64;

    /// Whether [`barrier`](Self::barrier) can be asked for from now on.
    fn has_barrier() -> bool;

    /// A full barrier in every running thread of the process, at some point of its program. `false`: not in all.
    fn barrier() -> bool;
}

/// Whether a call may go through; tests make some fail.
fn is_granted() -> bool {
    #[cfg(test)]
    return fault::is_granted();
    #[cfg(not(test))]
    true
}

/// Address space for the window, and whether it must still be committed.
pub(crate) fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    is_granted().then(|| System::reserve(bytes, align))?
}

/// See [`Os::IS_LAZY`].
pub(crate) const IS_LAZY: bool = System::IS_LAZY;

/// See [`Os::WINDOW`].
pub(crate) const WINDOW: Option<usize> = System::WINDOW;

/// Makes memory of a reservation usable.
///
/// # Safety
/// As for [`Os::commit`].
pub(crate) unsafe fn commit(start: *mut u8, bytes: usize) -> Commit {
    // SAFETY: passed on.
    match is_granted() && unsafe { System::commit(start, bytes) } {
        true => Commit::Done,
        false => Commit::Refused,
    }
}

/// Maps memory at a place where nothing is mapped.
pub(crate) fn map_at(start: *mut u8, bytes: usize) -> Commit {
    match is_granted() {
        true => System::map_at(start, bytes),
        false => Commit::Refused,
    }
}

/// Gives the memory behind a range back; it reads as zero from then on. `false`: it is as it was.
///
/// # Safety
/// As for [`Os::release`].
#[must_use]
pub(crate) unsafe fn release(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: passed on.
    is_granted() && keep_error(|| unsafe { System::release(start, bytes) })
}

/// Has the system find the memory behind a range now.
///
/// # Safety
/// As for [`Os::populate`].
#[must_use]
pub(crate) unsafe fn populate(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: passed on.
    is_granted() && unsafe { System::populate(start, bytes) }
}

/// Makes each touch of a range an error of its own, or takes that back.
///
/// # Safety
/// As for [`Os::guard`].
#[cfg(feature = "hardened")]
#[must_use]
pub(crate) unsafe fn guard(start: *mut u8, bytes: usize, is_guarded: bool) -> bool {
    // SAFETY: passed on.
    is_granted() && unsafe { System::guard(start, bytes, is_guarded) }
}

/// As pthread_atfork(3); `true` on a system without fork.
pub(crate) fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    is_granted() && System::at_fork(prepare, parent, child)
}

/// Runs `work`, and leaves `errno`, or what the system has in its place, as it was: programs free memory between a failure and
/// its report, and POSIX has `free` leave it alone. For what freeing calls of the system.
pub(crate) fn keep_error<R>(work: impl FnOnce() -> R) -> R {
    System::keep_error(work)
}

/// Has `end` called with `heap`, which is not null, when this thread ends. One `end` in all. `false`: it will not be called.
pub(crate) fn at_thread_end(end: extern "C" fn(*mut c_void), heap: *mut c_void) -> bool {
    is_granted() && System::at_thread_end(end, heap)
}

/// Whether [`barrier`] can be asked for from now on.
pub(crate) fn has_barrier() -> bool {
    is_granted() && System::has_barrier()
}

/// A full barrier in every running thread of the process. `false`: not in all.
#[must_use]
pub(crate) fn barrier() -> bool {
    is_granted() && keep_error(System::barrier)
}

/// Milliseconds of a clock that does not go back.
pub(crate) fn milliseconds() -> u64 {
    let now = System::milliseconds();
    #[cfg(test)]
    let now = fault::instead_of(now);
    now
}
