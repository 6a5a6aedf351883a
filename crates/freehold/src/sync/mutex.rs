//! `Mutex`: lock_api's mutex over the [raw lock](super::RawMutex) that the collector can enter.
//!
//! Locking costs what parking_lot's does, and one plain load and store. There is no poisoning.

use super::cell::show;
use super::{Cell, RawMutex};
use crate::trace::{Depth, Trace, Tracer};

/// A mutual exclusion lock whose content the collector can see.
///
/// It is parking_lot's in all respects but that one: its methods (`try_lock_for`, `try_lock_until`, `get_mut`, …) and its guard's
/// ([`MutexGuard::map`], `unlock_fair`, `unlocked`, …) are those of [`lock_api::Mutex`]. There is no poisoning: a panic while
/// the lock is held unlocks it. The collector may hold it for an instant, which `try_lock` takes for held, and a thread
/// that waits for the lock makes it leave.
///
/// ```
/// use freehold::sync::Mutex;
/// use std::time::Duration;
///
/// let numbers = Mutex::new(vec![1, 2]);
/// numbers.lock().push(3);
/// let held = numbers.lock();
/// assert!(numbers.try_lock_for(Duration::from_millis(1)).is_none());
/// drop(held);
/// assert_eq!(numbers.into_inner(), [1, 2, 3]);
/// ```
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;

/// A [`Mutex`], held. Gives access to the content, and unlocks when dropped.
///
/// ```
/// use freehold::sync::{Mutex, MutexGuard};
/// let numbers = Mutex::new(vec![1, 2]);
/// let mut guard: MutexGuard<'_, Vec<i32>> = numbers.lock();
/// guard.push(3);
/// MutexGuard::unlock_fair(guard); // to whoever has waited longest
/// ```
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

/// A [`Mutex`], held, with access to a part of the content.
///
/// ```
/// use freehold::sync::{MappedMutexGuard, Mutex, MutexGuard};
/// let pair = Mutex::new((1, "one"));
/// let mut number: MappedMutexGuard<'_, i32> = MutexGuard::map(pair.lock(), |pair| &mut pair.0);
/// *number = 2;
/// drop(number);
/// assert_eq!(pair.lock().0, 2);
/// ```
pub type MappedMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMutex, T>;

#[cfg(all(not(loom), not(feature = "deadlock-detection")))]
const _: () = assert!(size_of::<Mutex<usize>>() <= 24, "a lock costs 16 bytes");

/// The lock inside, as the collector uses it.
#[inline]
fn cell<T>(mutex: &Mutex<T>) -> &impl Cell {
    // SAFETY: the collector ends what looks it begins, and no others.
    unsafe { mutex.raw() }
}

// SAFETY: the content is shown once, under the lock, with the version that acquiring it bumps; a held mutex is not looked into.
unsafe impl<T: Trace> Trace for Mutex<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: borrowed with the mutex, whose lock guards it.
        unsafe { show(cell(self), self.data_ptr(), tracer) };
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}
