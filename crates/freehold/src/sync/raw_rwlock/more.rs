//! What models do without: waiting with a limit, recursive reads, handing over, and ways down from a write.

use super::RawRwLock;
use lock_api::{
    RawRwLock as _, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed,
    RawRwLockUpgrade as _, RawRwLockUpgradeDowngrade, RawRwLockUpgradeFair, RawRwLockUpgradeTimed,
};
use std::time::{Duration, Instant};

// SAFETY: the lock below becomes shared, and was bumped when it became exclusive.
unsafe impl RawRwLockDowngrade for RawRwLock {
    #[inline]
    unsafe fn downgrade(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade() }
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgradeDowngrade for RawRwLock {
    #[inline]
    unsafe fn downgrade_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade_upgradable() }
    }

    #[inline]
    unsafe fn downgrade_to_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.downgrade_to_upgradable() }
    }
}

// SAFETY: the lock below excludes.
unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    #[inline]
    fn try_lock_shared_for(&self, timeout: Duration) -> bool {
        self.lock.try_lock_shared_for(timeout)
    }

    #[inline]
    fn try_lock_shared_until(&self, deadline: Instant) -> bool {
        self.lock.try_lock_shared_until(deadline)
    }

    fn try_lock_exclusive_for(&self, timeout: Duration) -> bool {
        let wait = || self.waiting.during(|| self.lock.try_lock_exclusive_for(timeout));
        self.version.bump_if(self.lock.try_lock_exclusive() || wait())
    }

    fn try_lock_exclusive_until(&self, deadline: Instant) -> bool {
        let wait = || self.waiting.during(|| self.lock.try_lock_exclusive_until(deadline));
        self.version.bump_if(self.lock.try_lock_exclusive() || wait())
    }
}

// SAFETY: the lock below excludes writers.
unsafe impl RawRwLockRecursive for RawRwLock {
    #[inline]
    fn lock_shared_recursive(&self) {
        self.lock.lock_shared_recursive();
    }

    #[inline]
    fn try_lock_shared_recursive(&self) -> bool {
        self.lock.try_lock_shared_recursive()
    }
}

// SAFETY: as above.
unsafe impl RawRwLockRecursiveTimed for RawRwLock {
    #[inline]
    fn try_lock_shared_recursive_for(&self, timeout: Duration) -> bool {
        self.lock.try_lock_shared_recursive_for(timeout)
    }

    #[inline]
    fn try_lock_shared_recursive_until(&self, deadline: Instant) -> bool {
        self.lock.try_lock_shared_recursive_until(deadline)
    }
}

// SAFETY: the lock below excludes.
unsafe impl RawRwLockUpgradeTimed for RawRwLock {
    #[inline]
    fn try_lock_upgradable_for(&self, timeout: Duration) -> bool {
        self.lock.try_lock_upgradable_for(timeout)
    }

    #[inline]
    fn try_lock_upgradable_until(&self, deadline: Instant) -> bool {
        self.lock.try_lock_upgradable_until(deadline)
    }

    unsafe fn try_upgrade_for(&self, timeout: Duration) -> bool {
        // SAFETY: as the caller promised.
        unsafe {
            let wait = || self.waiting.during(|| self.lock.try_upgrade_for(timeout));
            self.upgraded(self.lock.try_upgrade() || wait())
        }
    }

    unsafe fn try_upgrade_until(&self, deadline: Instant) -> bool {
        // SAFETY: as the caller promised.
        unsafe {
            let wait = || self.waiting.during(|| self.lock.try_upgrade_until(deadline));
            self.upgraded(self.lock.try_upgrade() || wait())
        }
    }
}

// SAFETY: the lock below hands over.
unsafe impl RawRwLockFair for RawRwLock {
    #[inline]
    unsafe fn unlock_shared_fair(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_shared_fair() }
    }

    #[inline]
    unsafe fn unlock_exclusive_fair(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_exclusive_fair() }
    }

    #[inline]
    unsafe fn bump_shared(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_shared() }
    }

    #[inline]
    unsafe fn bump_exclusive(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_exclusive() };
        self.version.bump();
    }
}

// SAFETY: as above.
unsafe impl RawRwLockUpgradeFair for RawRwLock {
    #[inline]
    unsafe fn unlock_upgradable_fair(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.unlock_upgradable_fair() }
    }

    #[inline]
    unsafe fn bump_upgradable(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.lock.bump_upgradable() }
    }
}
