//! What models do without: waiting with a limit, recursive reads, handing over, and ways down from a write.

use super::RawRwLock;
use crate::sync::mode::Mode;
use crate::sync::watch::Attempt;
use lock_api::{
    RawRwLock as _, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed,
    RawRwLockUpgrade as _, RawRwLockUpgradeDowngrade, RawRwLockUpgradeFair, RawRwLockUpgradeTimed,
};
use std::time::{Duration, Instant};

// SAFETY: the lock below becomes shared, and was bumped when it became exclusive.
unsafe impl RawRwLockDowngrade for RawRwLock {
    #[inline]
    #[track_caller]
    unsafe fn downgrade(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade() }
        self.watch.changed(Mode::Exclusive, Attempt::limited(Mode::Shared));
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgradeDowngrade for RawRwLock {
    #[inline]
    #[track_caller]
    unsafe fn downgrade_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade_upgradable() }
        self.watch.changed(Mode::Upgradable, Attempt::limited(Mode::Shared));
    }

    #[inline]
    #[track_caller]
    unsafe fn downgrade_to_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade_to_upgradable() }
        self.watch.changed(Mode::Exclusive, Attempt::limited(Mode::Upgradable));
    }
}

// SAFETY: the lock below excludes.
unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    #[track_caller]
    fn try_lock_shared_for(&self, timeout: Duration) -> bool {
        let acquired = self.lock.try_lock_shared_for(timeout);
        self.watch.took_if(Attempt::limited(Mode::Shared), acquired)
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_until(&self, deadline: Instant) -> bool {
        let acquired = self.lock.try_lock_shared_until(deadline);
        self.watch.took_if(Attempt::limited(Mode::Shared), acquired)
    }

    #[track_caller]
    fn try_lock_exclusive_for(&self, timeout: Duration) -> bool {
        let attempt = Attempt::limited(Mode::Exclusive);
        let wait = || self.waiting.during(|| self.lock.try_lock_exclusive_for(timeout));
        let acquired = self.lock.try_lock_exclusive() || self.watch.wait_limited(attempt, wait);
        self.watch.took_if(attempt, self.version.bump_if(acquired))
    }

    #[track_caller]
    fn try_lock_exclusive_until(&self, deadline: Instant) -> bool {
        let attempt = Attempt::limited(Mode::Exclusive);
        let wait = || self.waiting.during(|| self.lock.try_lock_exclusive_until(deadline));
        let acquired = self.lock.try_lock_exclusive() || self.watch.wait_limited(attempt, wait);
        self.watch.took_if(attempt, self.version.bump_if(acquired))
    }
}

// SAFETY: the lock below excludes writers.
unsafe impl RawRwLockRecursive for RawRwLock {
    #[inline]
    #[track_caller]
    fn lock_shared_recursive(&self) {
        let attempt = self.watch.attempt(Mode::Recursive);
        self.watch.lock_shared_recursive(&self.lock, attempt);
        self.watch.took(attempt);
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_recursive(&self) -> bool {
        let acquired = self.lock.try_lock_shared_recursive();
        self.watch.took_if(Attempt::limited(Mode::Recursive), acquired)
    }
}

// SAFETY: as above.
unsafe impl RawRwLockRecursiveTimed for RawRwLock {
    #[inline]
    #[track_caller]
    fn try_lock_shared_recursive_for(&self, timeout: Duration) -> bool {
        let acquired = self.lock.try_lock_shared_recursive_for(timeout);
        self.watch.took_if(Attempt::limited(Mode::Recursive), acquired)
    }

    #[inline]
    #[track_caller]
    fn try_lock_shared_recursive_until(&self, deadline: Instant) -> bool {
        let acquired = self.lock.try_lock_shared_recursive_until(deadline);
        self.watch.took_if(Attempt::limited(Mode::Recursive), acquired)
    }
}

// SAFETY: the lock below excludes.
unsafe impl RawRwLockUpgradeTimed for RawRwLock {
    #[inline]
    #[track_caller]
    fn try_lock_upgradable_for(&self, timeout: Duration) -> bool {
        let acquired = self.lock.try_lock_upgradable_for(timeout);
        self.watch.took_if(Attempt::limited(Mode::Upgradable), acquired)
    }

    #[inline]
    #[track_caller]
    fn try_lock_upgradable_until(&self, deadline: Instant) -> bool {
        let acquired = self.lock.try_lock_upgradable_until(deadline);
        self.watch.took_if(Attempt::limited(Mode::Upgradable), acquired)
    }

    #[track_caller]
    unsafe fn try_upgrade_for(&self, timeout: Duration) -> bool {
        let attempt = Attempt::limited(Mode::Upgrade);
        // SAFETY: as the caller promised.
        unsafe {
            let wait = || self.waiting.during(|| self.lock.try_upgrade_for(timeout));
            let succeeded = self.lock.try_upgrade() || self.watch.wait_limited(attempt, wait);
            self.upgraded(attempt, succeeded)
        }
    }

    #[track_caller]
    unsafe fn try_upgrade_until(&self, deadline: Instant) -> bool {
        let attempt = Attempt::limited(Mode::Upgrade);
        // SAFETY: as the caller promised.
        unsafe {
            let wait = || self.waiting.during(|| self.lock.try_upgrade_until(deadline));
            let succeeded = self.lock.try_upgrade() || self.watch.wait_limited(attempt, wait);
            self.upgraded(attempt, succeeded)
        }
    }
}

// SAFETY: the lock below hands over.
unsafe impl RawRwLockFair for RawRwLock {
    #[inline]
    unsafe fn unlock_shared_fair(&self) {
        self.watch.released(Mode::Shared);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_shared_fair() }
    }

    #[inline]
    unsafe fn unlock_exclusive_fair(&self) {
        self.watch.released(Mode::Exclusive);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_exclusive_fair() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump_shared(&self) {
        let _suspended = self.watch.suspended(Mode::Shared);
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_shared() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump_exclusive(&self) {
        let _suspended = self.watch.suspended(Mode::Exclusive);
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_exclusive() };
        self.version.bump();
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgradeFair for RawRwLock {
    #[inline]
    unsafe fn unlock_upgradable_fair(&self) {
        self.watch.released(Mode::Upgradable);
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_upgradable_fair() }
    }

    #[inline]
    #[track_caller]
    unsafe fn bump_upgradable(&self) {
        let _suspended = self.watch.suspended(Mode::Upgradable);
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_upgradable() }
    }
}
