//! Permits that were taken.

use super::super::wait_queue::Woken;
use super::Semaphore;

/// Permits of a [`Semaphore`], which gets them back when this is dropped.
///
/// Whoever has them may give them to another thread.
///
/// ```
/// use freehold::sync::Semaphore;
/// let semaphore = Semaphore::new(1);
/// std::thread::scope(|scope| {
///     let permit = semaphore.acquire();
///     scope.spawn(move || drop(permit));
///     assert_eq!(semaphore.acquire().permits(), 1);
/// });
/// ```
#[derive(Debug)]
#[must_use = "permits are given back at once if they are not kept"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    permits: usize,
}

impl<'a> SemaphorePermit<'a> {
    /// Permits that were taken.
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        SemaphorePermit { semaphore, permits }
    }

    /// How many permits these are.
    pub fn permits(&self) -> usize {
        self.permits
    }

    /// Keeps the permits for ever; [`release`](Semaphore::release) can bring them back.
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Takes `permits` of these permits apart, if there are as many.
    ///
    /// ```
    /// let semaphore = freehold::sync::Semaphore::new(3);
    /// let mut permits = semaphore.acquire_many(3);
    /// drop(permits.split(2));
    /// assert_eq!((permits.permits(), semaphore.available_permits()), (1, 2));
    /// ```
    pub fn split(&mut self, permits: usize) -> Option<SemaphorePermit<'a>> {
        self.permits = self.permits.checked_sub(permits)?;
        Some(SemaphorePermit::new(self.semaphore, permits))
    }
}

impl Drop for SemaphorePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.permits > 0 {
            let mut woken = Woken::default();
            let mut state = self.semaphore.state.lock();
            self.semaphore.give_back(self.permits, &mut state, &mut woken);
        }
    }
}
