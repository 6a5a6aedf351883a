//! The part of a lock that tells the detector of deadlocks, where there is none: it has no size, and its functions do nothing but
//! what they are given to do.
//!
//! `crates/freehold/src/sync/deadlock/watch.rs` has the same names, with the detector behind them.

use super::mode::{Kind, Mode};
use crate::primitive::RawRwLock;
use lock_api::{RawRwLock as _, RawRwLockUpgrade as _};

/// What a lock has of the detector.
pub(super) struct Watch;

/// A call that wants a lock.
#[derive(Clone, Copy)]
pub(super) struct Attempt;

/// A lock that its holder lets go and takes again.
pub(super) struct Suspended;

impl Attempt {
    #[inline(always)]
    pub(super) fn limited(_: Mode) -> Self {
        Attempt
    }
}

impl Watch {
    #[inline(always)]
    pub(super) const fn new(_: Kind) -> Self {
        Watch
    }

    #[inline(always)]
    pub(super) fn attempt(&self, _: Mode) -> Attempt {
        Attempt
    }

    #[inline(always)]
    pub(super) fn wait<R>(&self, _: Attempt, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[cfg(not(loom))]
    #[inline(always)]
    pub(super) fn wait_limited<R>(&self, _: Attempt, wait: impl FnOnce() -> R) -> R {
        wait()
    }

    #[inline(always)]
    pub(super) fn lock_shared(&self, lock: &RawRwLock, _: Attempt) {
        lock.lock_shared();
    }

    #[inline(always)]
    pub(super) fn lock_upgradable(&self, lock: &RawRwLock, _: Attempt) {
        lock.lock_upgradable();
    }

    #[cfg(not(loom))]
    #[inline(always)]
    pub(super) fn lock_shared_recursive(&self, lock: &RawRwLock, _: Attempt) {
        lock_api::RawRwLockRecursive::lock_shared_recursive(lock);
    }

    #[inline(always)]
    pub(super) fn took(&self, _: Attempt) {}

    #[inline(always)]
    pub(super) fn took_if(&self, _: Attempt, acquired: bool) -> bool {
        acquired
    }

    #[inline(always)]
    pub(super) fn released(&self, _: Mode) {}

    #[inline(always)]
    pub(super) fn changed(&self, _: Mode, _: Attempt) {}

    #[cfg(not(loom))]
    #[inline(always)]
    pub(super) fn suspended(&self, _: Mode) -> Suspended {
        Suspended
    }
}
