//! `RawRwLock`: parking_lot's raw readers-writer lock as a [cell](super::cell).
//!
//! The collector enters it as a reader, by trying, so no reader is in its way nor it in a reader's; parking_lot refuses it when a
//! writer waits. Writers bump the version, upgraded readers among them: one plain load and store more than parking_lot's.
//! Readers do not, and cost what parking_lot's do. Who waits to write asks the collector to leave; who waits to read waits
//! for a writer.

use super::cell::{self, Cell, Version, Waiting};
use super::mode::{Kind, Mode};
use super::watch::{Attempt, Watch};
use crate::primitive;
use lock_api::{GuardNoSend, RawRwLock as _, RawRwLockUpgrade};
use std::fmt;

/// The lock in an [`RwLock`](super::RwLock): parking_lot's, with what the collector needs to look inside.
///
/// ```
/// use freehold::sync::{RawRwLock, RwLock};
/// use lock_api::RawRwLock as _;
/// static NAMES: RwLock<Vec<&str>> = RwLock::const_new(RawRwLock::INIT, Vec::new());
/// NAMES.write().push("Ada");
/// assert_eq!(NAMES.read().len(), 1);
/// ```
pub struct RawRwLock {
    lock: primitive::RawRwLock,
    waiting: Waiting,
    version: Version,
    pub(super) watch: Watch,
}

impl RawRwLock {
    #[cold]
    fn lock_exclusive_slow(&self, attempt: Attempt) {
        self.watch
            .wait(attempt, || self.waiting.during(|| self.lock.lock_exclusive()));
    }

    /// What has to be done after an upgrade that was tried; passes on whether it succeeded.
    ///
    /// # Safety
    /// If it did, the caller is the writer.
    #[inline]
    unsafe fn upgraded(&self, attempt: Attempt, succeeded: bool) -> bool {
        if succeeded {
            // SAFETY: as the caller promised.
            unsafe { primitive::acquire_upgraded(&self.lock) };
            self.version.bump();
            self.watch.changed(Mode::Upgradable, attempt);
        }
        succeeded
    }
}

// SAFETY: the lock below excludes.
unsafe impl lock_api::RawRwLock for RawRwLock {
    #[allow(clippy::declare_interior_mutable_const)] // As lock_api has it.
    const INIT: Self = RawRwLock {
        lock: primitive::RawRwLock::INIT,
        waiting: Waiting::new(),
        version: Version::new(),
        watch: Watch::new(Kind::RwLock),
    };

    /// parking_lot's locks are released by the thread that took them.
    type GuardMarker = GuardNoSend;

    #[inline]
    #[track_caller]
    fn lock_shared(&self) {
        let attempt = self.watch.attempt(Mode::Shared);
        self.watch.lock_shared(&self.lock, attempt);
        self.watch.took(attempt);
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared(&self) -> bool {
        self.watch
            .took_if(Attempt::limited(Mode::Shared), self.lock.try_lock_shared())
    }

    #[inline]
    unsafe fn unlock_shared(&self) {
        self.watch.released(Mode::Shared);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_shared() }
    }

    #[inline]
    #[track_caller]
    fn lock_exclusive(&self) {
        let attempt = self.watch.attempt(Mode::Exclusive);
        if !self.lock.try_lock_exclusive() {
            self.lock_exclusive_slow(attempt);
        }
        self.version.bump();
        self.watch.took(attempt);
    }

    #[inline]
    #[track_caller]
    fn try_lock_exclusive(&self) -> bool {
        let acquired = self.version.bump_if(self.lock.try_lock_exclusive());
        self.watch.took_if(Attempt::limited(Mode::Exclusive), acquired)
    }

    #[inline]
    unsafe fn unlock_exclusive(&self) {
        self.watch.released(Mode::Exclusive);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_exclusive() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }
}

// SAFETY: the lock below excludes.
unsafe impl RawRwLockUpgrade for RawRwLock {
    #[inline]
    #[track_caller]
    fn lock_upgradable(&self) {
        let attempt = self.watch.attempt(Mode::Upgradable);
        self.watch.lock_upgradable(&self.lock, attempt);
        self.watch.took(attempt);
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable(&self) -> bool {
        self.watch
            .took_if(Attempt::limited(Mode::Upgradable), self.lock.try_lock_upgradable())
    }

    #[inline]
    unsafe fn unlock_upgradable(&self) {
        self.watch.released(Mode::Upgradable);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_upgradable() }
    }

    #[inline]
    #[track_caller]
    unsafe fn upgrade(&self) {
        let attempt = self.watch.attempt(Mode::Upgrade);
        // SAFETY: as the caller promised.
        unsafe {
            if !self.lock.try_upgrade() {
                self.watch.wait(attempt, || self.waiting.during(|| self.lock.upgrade()));
            }
            self.upgraded(attempt, true);
        }
    }

    #[inline]
    #[track_caller]
    unsafe fn try_upgrade(&self) -> bool {
        // SAFETY: as the caller promised.
        unsafe { self.upgraded(Attempt::limited(Mode::Upgrade), self.lock.try_upgrade()) }
    }
}

#[cfg(not(loom))]
mod more;

impl Cell for RawRwLock {
    const KIND: cell::Kind = cell::Kind::RwLock;

    #[inline]
    fn try_look(&self) -> bool {
        self.lock.try_lock_shared()
    }

    #[inline]
    unsafe fn end_look(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_shared() }
    }

    #[inline]
    fn version(&self) -> u64 {
        self.version.get()
    }

    fn waiting(&self) -> &Waiting {
        &self.waiting
    }
}

impl fmt::Debug for RawRwLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRwLock").finish_non_exhaustive()
    }
}
