//! `Mutex`: parking_lot's raw mutex, which the collector enters with `try_lock`.
//!
//! Locking costs what parking_lot's does, and one plain store. There is no poisoning: a panic while the lock is held
//! unlocks it.

use super::Cell;
use crate::trace::{Depth, Trace, Tracer};
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A mutual exclusion lock whose content the collector can see.
///
/// ```
/// use freehold::sync::Mutex;
/// let numbers = Mutex::new(vec![1, 2]);
/// numbers.lock().push(3);
/// assert_eq!(numbers.into_inner(), [1, 2, 3]);
/// ```
pub struct Mutex<T: ?Sized> {
    cell: Cell,
    data: UnsafeCell<T>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Mutex<usize>>() <= 24, "a lock costs 16 bytes");

// SAFETY: the lock gives one thread at a time access to the content.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above. The collector looks at the content from its own thread, under the lock; `Gc::new` demands `Sync` of
// all that it may look at.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// A mutex that holds `value`.
    #[cfg(not(loom))]
    #[inline]
    pub const fn new(value: T) -> Self {
        Mutex {
            cell: Cell::new(),
            data: UnsafeCell::new(value),
        }
    }

    /// A mutex that holds `value`.
    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        Mutex {
            cell: Cell::new(),
            data: UnsafeCell::new(value),
        }
    }

    /// The content.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock, and takes it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.cell.lock();
        self.guard()
    }

    /// Takes the lock if it is free.
    ///
    /// It may be held for an instant by the collector, which counts as held.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.cell.try_lock().then(|| self.guard())
    }

    /// The content, without locking: the borrow proves that nobody else has the mutex.
    ///
    /// Not even the collector: it sees a mutex inside a `Gc` only, where a mutable borrow comes by way of another cell, whose
    /// lock is held.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.cell.bump();
        self.data.get_mut()
    }

    #[inline]
    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            mutex: self,
            not_send: PhantomData,
        }
    }
}

/// The lock, held. Gives access to the content, and unlocks when dropped.
#[must_use = "the lock is released at once if its guard is not kept"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// parking_lot's locks are released by the thread that took them.
    not_send: PhantomData<*mut ()>,
}

// SAFETY: a shared guard gives shared access to the content only.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held.
        unsafe { &*self.mutex.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held, and the guard is borrowed mutably.
        unsafe { &mut *self.mutex.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard holds the lock.
        unsafe { self.mutex.cell.unlock() };
    }
}

/// The collector's hold on a mutex.
struct Look<'a> {
    cell: &'a Cell,
    tracer: &'a mut Tracer,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.tracer.exit();
        // SAFETY: `trace` entered the cell.
        unsafe { self.cell.unlock() };
    }
}

// SAFETY: the content is shown once, under the lock, with the version that acquiring it bumps; a held mutex is not looked into.
unsafe impl<T: Trace> Trace for Mutex<T> {
    fn trace(&self, tracer: &mut Tracer) {
        if !self.cell.try_look() {
            tracer.give_up();
            return;
        }
        tracer.enter(&self.cell);
        let look = Look {
            cell: &self.cell,
            tracer,
        };
        // SAFETY: the lock is held, so nobody writes; the mutex is borrowed.
        unsafe { &*self.data.get() }.trace(look.tracer);
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(guard) => f.debug_tuple("Mutex").field(&&*guard).finish(),
            None => f.write_str("Mutex(<locked>)"),
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
