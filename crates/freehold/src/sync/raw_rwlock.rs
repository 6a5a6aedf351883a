//! `RawRwLock`: parking_lot's raw readers-writer lock as a [cell](super::cell).
//!
//! The collector enters it as a reader, by trying, so no reader is in its way nor it in a reader's; parking_lot refuses it when a
//! writer waits. Writers bump the version, upgraded readers among them: one plain load and store more than parking_lot's.
//! Readers do not, and cost what parking_lot's do. Who waits to write asks the collector to leave; who waits to read waits
//! for a writer.

use super::cell::{Cell, Kind, Version, Waiting};
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
}

impl RawRwLock {
    #[cold]
    fn lock_exclusive_slow(&self) {
        self.waiting.during(|| self.lock.lock_exclusive());
    }

    /// What has to be done after an upgrade that was tried; passes on whether it succeeded.
    ///
    /// # Safety
    /// If it did, the caller is the writer.
    #[inline]
    unsafe fn upgraded(&self, succeeded: bool) -> bool {
        if succeeded {
            // SAFETY: as the caller promised.
            unsafe { primitive::acquire_upgraded(&self.lock) };
            self.version.bump();
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
    };

    /// parking_lot's locks are released by the thread that took them.
    type GuardMarker = GuardNoSend;

    #[inline]
    fn lock_shared(&self) {
        self.lock.lock_shared();
    }

    #[inline]
    fn try_lock_shared(&self) -> bool {
        self.lock.try_lock_shared()
    }

    #[inline]
    unsafe fn unlock_shared(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_shared() }
    }

    #[inline]
    fn lock_exclusive(&self) {
        if !self.lock.try_lock_exclusive() {
            self.lock_exclusive_slow();
        }
        self.version.bump();
    }

    #[inline]
    fn try_lock_exclusive(&self) -> bool {
        self.version.bump_if(self.lock.try_lock_exclusive())
    }

    #[inline]
    unsafe fn unlock_exclusive(&self) {
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
    fn lock_upgradable(&self) {
        self.lock.lock_upgradable();
    }

    #[inline]
    fn try_lock_upgradable(&self) -> bool {
        self.lock.try_lock_upgradable()
    }

    #[inline]
    unsafe fn unlock_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_upgradable() }
    }

    #[inline]
    unsafe fn upgrade(&self) {
        // SAFETY: as the caller promised.
        unsafe {
            if !self.lock.try_upgrade() {
                self.waiting.during(|| self.lock.upgrade());
            }
            self.upgraded(true);
        }
    }

    #[inline]
    unsafe fn try_upgrade(&self) -> bool {
        // SAFETY: as the caller promised.
        unsafe { self.upgraded(self.lock.try_upgrade()) }
    }
}

#[cfg(not(loom))]
mod more;

impl Cell for RawRwLock {
    const KIND: Kind = Kind::RwLock;

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
