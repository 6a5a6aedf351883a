//! `Condvar`: parking_lot's condition variable, over the lock below a [`Mutex`](super::Mutex).
//!
//! Waiting lets the mutex go and takes it again, which bumps its version. A thread that is woken while the mutex is held is put
//! into the mutex's queue, without having asked the collector to leave; so it asks for as long as it waits, and an object on
//! whose mutex a thread waits is given up where it has many handles. It is held by that thread in any case.

use super::MutexGuard;
use crate::trace::{Depth, Trace, Tracer};
pub use parking_lot::WaitTimeoutResult;
use std::time::{Duration, Instant};

/// A condition variable: threads wait for a change of what a [`Mutex`](super::Mutex) holds.
///
/// As parking_lot's: nobody is woken for no reason, and one condition variable goes with one mutex at a time. There is no
/// poisoning.
///
/// ```
/// use freehold::sync::{Condvar, Mutex};
/// use std::thread;
///
/// let (ready, changed) = (Mutex::new(false), Condvar::new());
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         *ready.lock() = true;
///         changed.notify_one();
///     });
///     let mut guard = ready.lock();
///     changed.wait_while(&mut guard, |ready| !*ready);
///     assert!(*guard);
/// });
/// ```
#[derive(Debug, Default)]
pub struct Condvar(parking_lot::Condvar);

impl Condvar {
    /// A condition variable that nobody waits for.
    #[inline]
    pub const fn new() -> Self {
        Condvar(parking_lot::Condvar::new())
    }

    /// Wakes the thread that has waited longest; whether there was one.
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    /// Wakes all threads that wait; how many there were.
    #[inline]
    pub fn notify_all(&self) -> usize {
        self.0.notify_all()
    }

    /// Lets the mutex go, waits to be woken, and takes the mutex again.
    ///
    /// # Panics
    /// If other threads wait with another mutex; so do the other waits.
    #[track_caller]
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        let mutex = MutexGuard::mutex(guard);
        // SAFETY: the guard has the lock, and is not used meanwhile.
        unsafe { mutex.raw().suspended(|guard| self.0.wait(guard)) }
    }

    /// As [`wait`](Self::wait), but not for longer than `timeout`.
    ///
    /// ```
    /// use freehold::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// let (mutex, never) = (Mutex::new(()), Condvar::new());
    /// assert!(never.wait_for(&mut mutex.lock(), Duration::from_millis(1)).timed_out());
    /// ```
    #[track_caller]
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, timeout: Duration) -> WaitTimeoutResult {
        let mutex = MutexGuard::mutex(guard);
        // SAFETY: as above.
        unsafe { mutex.raw().suspended(|guard| self.0.wait_for(guard, timeout)) }
    }

    /// As [`wait`](Self::wait), but no later than `deadline`.
    #[track_caller]
    pub fn wait_until<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, deadline: Instant) -> WaitTimeoutResult {
        let mutex = MutexGuard::mutex(guard);
        // SAFETY: as above.
        unsafe { mutex.raw().suspended(|guard| self.0.wait_until(guard, deadline)) }
    }

    /// Waits for as long as `condition` holds.
    #[track_caller]
    pub fn wait_while<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, mut condition: impl FnMut(&mut T) -> bool) {
        while condition(guard) {
            self.wait(guard);
        }
    }

    /// Waits for as long as `condition` holds, but not for longer than `timeout`. Whether it holds no more.
    #[track_caller]
    pub fn wait_while_for<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        mut condition: impl FnMut(&mut T) -> bool,
        timeout: Duration,
    ) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        while condition(guard) {
            if is_late() {
                return false;
            }
            match deadline {
                Some(deadline) => _ = self.wait_until(guard, deadline),
                None => self.wait(guard),
            }
        }
        true
    }
}

leaf!(Condvar);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{Cell, Mutex};

    #[test]
    fn who_waited_has_acquired_the_mutex_anew() {
        let (mutex, never) = (Mutex::new(()), Condvar::new());
        // SAFETY: only asked for its version.
        let version = || unsafe { mutex.raw() }.version();
        let mut guard = mutex.lock();
        let before = version();
        assert!(never.wait_for(&mut guard, Duration::from_millis(1)).timed_out());
        assert_ne!(version(), before);
    }
}
