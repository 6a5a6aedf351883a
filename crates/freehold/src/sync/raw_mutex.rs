//! `RawMutex`: parking_lot's raw mutex as a [cell](super::cell).
//!
//! Whoever takes it bumps the version: one plain load and store more than parking_lot's. The collector enters by a
//! `try_lock` of the lock below, which bumps nothing. Who has to wait asks the collector to leave.

use super::cell::{self, Cell, Version, Waiting};
use super::mode::{Kind, Mode};
use super::watch::{Attempt, Watch};
use crate::primitive::{MutexOfNothing, lock_if_free, raw, unlocked};
use lock_api::{GuardNoSend, RawMutex as _};
use std::fmt;

/// The lock in a [`Mutex`](super::Mutex): parking_lot's, with what the collector needs to look inside.
///
/// ```
/// use freehold::sync::{Mutex, RawMutex};
/// use lock_api::RawMutex as _;
/// static COUNT: Mutex<u64> = Mutex::const_new(RawMutex::INIT, 0);
/// *COUNT.lock() += 1;
/// assert_eq!(*COUNT.lock(), 1);
/// ```
pub struct RawMutex {
    lock: MutexOfNothing,
    waiting: Waiting,
    version: Version,
    pub(super) watch: Watch,
}

impl RawMutex {
    pub(crate) const fn new() -> Self {
        RawMutex::of_kind(Kind::Mutex)
    }

    /// The lock in another sort of mutex.
    pub(super) const fn of_kind(kind: Kind) -> Self {
        RawMutex {
            lock: unlocked(),
            waiting: Waiting::new(),
            version: Version::new(),
            watch: Watch::new(kind),
        }
    }

    #[cold]
    fn lock_slow(&self, attempt: Attempt) {
        self.watch
            .wait(attempt, || self.waiting.during(|| raw(&self.lock).lock()));
    }

    /// Runs `wait`, which lets the lock go and takes it again by means of parking_lot, on the lock below.
    ///
    /// # Safety
    /// The caller has taken the lock.
    #[cfg(not(loom))]
    #[track_caller]
    pub(crate) unsafe fn suspended<R>(&self, wait: impl FnOnce(&mut parking_lot::MutexGuard<'_, ()>) -> R) -> R {
        // Whoever is woken waits for the lock without a word, so the collector is asked before.
        let _request = self.waiting.request();
        // SAFETY: taken, as the caller promised; and not let go by this guard.
        let mut guard = std::mem::ManuallyDrop::new(unsafe { self.lock.make_guard_unchecked() });
        let _bump = Bump(&self.version);
        let _suspended = self.watch.suspended(Mode::Exclusive);
        wait(&mut guard)
    }
}

/// Counts an acquisition when dropped, also by a panic.
#[cfg(not(loom))]
struct Bump<'a>(&'a Version);

#[cfg(not(loom))]
impl Drop for Bump<'_> {
    fn drop(&mut self) {
        self.0.bump();
    }
}

// SAFETY: the lock below excludes.
unsafe impl lock_api::RawMutex for RawMutex {
    #[allow(clippy::declare_interior_mutable_const)] // As lock_api has it.
    const INIT: Self = RawMutex::new();

    /// parking_lot's locks are released by the thread that took them.
    type GuardMarker = GuardNoSend;

    #[inline]
    #[track_caller]
    fn lock(&self) {
        let attempt = self.watch.attempt(Mode::Exclusive);
        if !lock_if_free(raw(&self.lock)) {
            self.lock_slow(attempt);
        }
        self.version.bump();
        self.watch.took(attempt);
    }

    #[inline]
    #[track_caller]
    fn try_lock(&self) -> bool {
        let acquired = self.version.bump_if(raw(&self.lock).try_lock());
        self.watch.took_if(Attempt::limited(Mode::Exclusive), acquired)
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.watch.released(Mode::Exclusive);
        // SAFETY: as the caller promised.
        unsafe { raw(&self.lock).unlock() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        raw(&self.lock).is_locked()
    }
}

#[cfg(not(loom))]
mod more {
    //! What models do without.

    use super::*;
    use lock_api::{RawMutexFair, RawMutexTimed};
    use std::time::{Duration, Instant};

    // SAFETY: the lock below hands over.
    unsafe impl RawMutexFair for RawMutex {
        #[inline]
        unsafe fn unlock_fair(&self) {
            self.watch.released(Mode::Exclusive);
            // SAFETY: as the caller promised.
            unsafe { raw(&self.lock).unlock_fair() }
        }

        #[inline]
        #[track_caller]
        unsafe fn bump(&self) {
            let _suspended = self.watch.suspended(Mode::Exclusive);
            // SAFETY: as the caller promised.
            unsafe { raw(&self.lock).bump() };
            self.version.bump();
        }
    }

    // SAFETY: the lock below excludes.
    unsafe impl RawMutexTimed for RawMutex {
        type Duration = Duration;
        type Instant = Instant;

        #[track_caller]
        fn try_lock_for(&self, timeout: Duration) -> bool {
            let lock = raw(&self.lock);
            let acquired = lock_if_free(lock) || self.waiting.during(|| lock.try_lock_for(timeout));
            self.watch
                .took_if(Attempt::limited(Mode::Exclusive), self.version.bump_if(acquired))
        }

        #[track_caller]
        fn try_lock_until(&self, deadline: Instant) -> bool {
            let lock = raw(&self.lock);
            let acquired = lock_if_free(lock) || self.waiting.during(|| lock.try_lock_until(deadline));
            self.watch
                .took_if(Attempt::limited(Mode::Exclusive), self.version.bump_if(acquired))
        }
    }
}

impl Cell for RawMutex {
    const KIND: cell::Kind = cell::Kind::Mutex;

    #[inline]
    fn try_look(&self) -> bool {
        raw(&self.lock).try_lock()
    }

    #[inline]
    unsafe fn end_look(&self) {
        // SAFETY: as the caller promised.
        unsafe { raw(&self.lock).unlock() }
    }

    #[inline]
    fn version(&self) -> u64 {
        self.version.get()
    }

    fn waiting(&self) -> &Waiting {
        &self.waiting
    }
}

impl fmt::Debug for RawMutex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawMutex").finish_non_exhaustive()
    }
}
