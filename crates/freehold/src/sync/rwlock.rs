//! `RwLock`: lock_api's readers-writer lock over the [raw lock](super::RawRwLock) that the collector can enter.
//!
//! Reading costs what parking_lot's does; writing that, and one plain load and store. There is no poisoning.

use super::cell::show;
use super::{Cell, RawRwLock};
use crate::trace::{Depth, Trace, Tracer};

/// A lock for many readers or one writer, whose content the collector can see.
///
/// It is parking_lot's in all respects but that one: its methods and those of its guards are those of [`lock_api::RwLock`]. There is
/// no poisoning: a panic while the lock is held unlocks it. A thread that waits to write keeps new readers out, so a
/// thread that reads already must not call `read` again, but `read_recursive`. The collector looks as a reader: it
/// never keeps a reader out; `try_write` may find it inside, and a thread that waits to write makes it leave.
///
/// ```
/// use freehold::sync::RwLock;
///
/// let names = RwLock::new(vec!["Ada"]);
/// {
///     let (one, other) = (names.read(), names.read());
///     assert_eq!(one.len(), other.len());
///     assert!(names.try_write().is_none());
/// }
/// names.write().push("Bob");
/// assert_eq!(names.into_inner(), ["Ada", "Bob"]);
/// ```
pub type RwLock<T> = lock_api::RwLock<RawRwLock, T>;

/// An [`RwLock`], held for reading.
///
/// ```
/// use freehold::sync::{RwLock, RwLockReadGuard};
/// let lock = RwLock::new(1);
/// let guard: RwLockReadGuard<'_, i32> = lock.read();
/// assert_eq!(*guard, 1);
/// ```
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLock, T>;

/// An [`RwLock`], held for writing.
///
/// ```
/// use freehold::sync::{RwLock, RwLockWriteGuard};
/// let lock = RwLock::new(1);
/// let mut guard = lock.write();
/// *guard = 2;
/// let guard = RwLockWriteGuard::downgrade(guard); // nobody writes in between
/// assert_eq!(*guard, 2);
/// ```
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLock, T>;

/// An [`RwLock`], held for reading by the one reader who may go on to write.
///
/// ```
/// use freehold::sync::{RwLock, RwLockUpgradableReadGuard};
/// let cache = RwLock::new(None);
/// let seen = cache.upgradable_read();
/// if seen.is_none() {
///     let mut empty = RwLockUpgradableReadGuard::upgrade(seen); // nobody writes in between
///     *empty = Some("made");
/// }
/// assert_eq!(*cache.read(), Some("made"));
/// ```
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, RawRwLock, T>;

/// An [`RwLock`], held for reading, with access to a part of the content.
///
/// ```
/// use freehold::sync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
/// let pair = RwLock::new((1, "one"));
/// let name: MappedRwLockReadGuard<'_, &str> = RwLockReadGuard::map(pair.read(), |pair| &pair.1);
/// assert_eq!(*name, "one");
/// ```
pub type MappedRwLockReadGuard<'a, T> = lock_api::MappedRwLockReadGuard<'a, RawRwLock, T>;

/// An [`RwLock`], held for writing, with access to a part of the content.
///
/// ```
/// use freehold::sync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
/// let pair = RwLock::new((1, "one"));
/// let mut number: MappedRwLockWriteGuard<'_, i32> = RwLockWriteGuard::map(pair.write(), |pair| &mut pair.0);
/// *number = 2;
/// drop(number);
/// assert_eq!(pair.read().0, 2);
/// ```
pub type MappedRwLockWriteGuard<'a, T> = lock_api::MappedRwLockWriteGuard<'a, RawRwLock, T>;

#[cfg(all(not(loom), not(feature = "deadlock-detection")))]
const _: () = assert!(size_of::<RwLock<usize>>() <= 32, "a lock costs 24 bytes");

/// The lock inside, as the collector uses it.
#[inline]
fn cell<T>(lock: &RwLock<T>) -> &impl Cell {
    // SAFETY: the collector ends what looks it begins, and no others.
    unsafe { lock.raw() }
}

// SAFETY: the content is shown once, under the lock, with the version that acquiring it for writing bumps; a lock with a writer
// inside is not looked into.
unsafe impl<T: Trace> Trace for RwLock<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: borrowed with the lock, which guards it.
        unsafe { show(cell(self), self.data_ptr(), tracer) };
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}
