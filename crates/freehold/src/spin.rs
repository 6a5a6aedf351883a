//! A lock of one word for a few instructions, which a forked child takes from threads that it does not have.
//!
//! The word is 0, or the *epoch* of the process whose thread holds the lock: 1, and one more in each child of a fork. A lock
//! that is held from an earlier epoch is nobody's. What it guards may be half changed then; its users see to it that this
//! harms nobody.

use crate::primitive::{AtomicU32, Ordering, epoch, yield_now};
use std::cell::UnsafeCell;

/// A value behind such a lock.
pub(crate) struct SpinLock<T> {
    holder: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives one thread at a time access to the value.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    pub(crate) fn new(value: T) -> Self {
        SpinLock {
            holder: AtomicU32::new(0),
            value: UnsafeCell::new(value),
        }
    }

    /// Runs `work` on the value, with the lock held. `work` is short, does not panic, and does not take the lock again.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        while !self.try_take() {
            yield_now();
        }
        // SAFETY: the lock is ours.
        let result = work(unsafe { &mut *self.value.get() });
        // Release pairs with the Acquire of the next holder.
        self.holder.store(0, Ordering::Release);
        result
    }

    /// Gives up the value if a thread that a fork left behind was at it, which may have left it half changed; in the child.
    #[cfg(not(loom))]
    pub(crate) fn forget_if_stale(&self, value: T) {
        let holder = self.holder.load(Ordering::Relaxed);
        if holder != 0 && holder != epoch() {
            // SAFETY: the child has one thread, and it is not inside: it would hold the lock with another number.
            std::mem::forget(std::mem::replace(unsafe { &mut *self.value.get() }, value));
            self.holder.store(0, Ordering::Relaxed);
        }
    }

    fn try_take(&self) -> bool {
        let epoch = epoch();
        // Acquire pairs with the Release of the last holder.
        match self
            .holder
            .compare_exchange(0, epoch, Ordering::Acquire, Ordering::Relaxed)
        {
            Ok(_) => true,
            Err(held) if held == epoch => false,
            // Held by a thread that the fork left behind.
            Err(stale) => self
                .holder
                .compare_exchange(stale, epoch, Ordering::Acquire, Ordering::Relaxed)
                .is_ok(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_from_before_a_fork_is_taken() {
        let lock = SpinLock::new(5);
        lock.holder
            .store(epoch().wrapping_sub(1).wrapping_sub(1), Ordering::Relaxed);
        assert_eq!(lock.with(|value| std::mem::replace(value, 6)), 5);
        assert_eq!(lock.with(|value| *value), 6);
    }
}
