//! `Semaphore`: permits behind a short lock, and a queue of those who wait for some, threads and tasks alike.
//!
//! First come, first served: who finds others waiting lines up behind them, even if there are permits enough for it; so somebody who
//! wants many is not passed by for ever. Permits go from who gives them back to who waits by way of the lock, so that a woken
//! waiter has them already. It costs a lock and an unlock, of parking_lot's, to take permits and to give them back; and an
//! allocation where a thread waits.

use super::block_on::block_on;
use super::wait_queue::{WaitQueue, Woken};
use crate::trace::{Depth, Trace, Tracer};
use parking_lot::Mutex;
use std::fmt;
use std::time::{Duration, Instant};

mod acquire;
mod permit;

pub use acquire::Acquire;
pub use permit::SemaphorePermit;

/// A number of permits, of which threads and tasks take some and give them back.
///
/// A permit is a guard, which gives back when it is dropped. As in Python's `threading`, permits can also be added by
/// [`release`](Self::release), without limit, or if the semaphore is [`bounded`](Self::bounded), up to the number that
/// there was at first. There is no poisoning: a panic gives back what the thread had.
///
/// ```
/// use freehold::sync::Semaphore;
/// use std::time::Duration;
///
/// let tables = Semaphore::new(3);
/// let (one, two) = (tables.acquire(), tables.acquire_many(2));
/// assert!(tables.try_acquire().is_none());
/// assert!(tables.try_acquire_for(Duration::from_millis(1)).is_none());
/// drop(two);
/// assert_eq!(tables.available_permits(), 2);
/// # drop(one);
/// ```
pub struct Semaphore {
    state: Mutex<State>,
    bound: usize,
}

struct State {
    permits: usize,
    queue: WaitQueue,
}

/// There would be more permits than a [`Semaphore`] may have: it was released more often than acquired.
///
/// ```
/// use freehold::sync::{Semaphore, TooManyPermits};
/// let error = Semaphore::bounded(1).release(1).unwrap_err();
/// assert_eq!(error, TooManyPermits { bound: 1 });
/// assert_eq!(error.to_string(), "a semaphore of at most 1 permits was released more often than acquired");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPermits {
    /// How many permits there may be.
    pub bound: usize,
}

impl fmt::Display for TooManyPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooManyPermits { bound } = self;
        write!(
            f,
            "a semaphore of at most {bound} permits was released more often than acquired"
        )
    }
}

impl std::error::Error for TooManyPermits {}

impl Semaphore {
    /// A semaphore with `permits` permits, to which any number can be added.
    #[inline]
    pub const fn new(permits: usize) -> Self {
        Semaphore::within(permits, usize::MAX)
    }

    /// A semaphore that never has more permits than it has now.
    ///
    /// ```
    /// let one = freehold::sync::Semaphore::bounded(1);
    /// one.acquire().forget();
    /// assert!(one.release(1).is_ok());
    /// assert!(one.release(1).is_err());
    /// ```
    #[inline]
    pub const fn bounded(permits: usize) -> Self {
        Semaphore::within(permits, permits)
    }

    const fn within(permits: usize, bound: usize) -> Self {
        let queue = WaitQueue::new();
        Semaphore {
            state: Mutex::new(State { permits, queue }),
            bound,
        }
    }

    /// How many permits are left. Another thread may have changed that already.
    pub fn available_permits(&self) -> usize {
        self.state.lock().permits
    }

    /// How many wait for permits.
    pub fn waiting(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// Takes a permit; waits until there is one.
    #[inline]
    pub fn acquire(&self) -> SemaphorePermit<'_> {
        self.acquire_many(1)
    }

    /// Takes `permits` permits at once; waits until there are as many, for ever if there never are.
    #[inline]
    pub fn acquire_many(&self, permits: usize) -> SemaphorePermit<'_> {
        self.try_acquire_many(permits)
            .or_else(|| block_on(self.acquire_many_async(permits), None))
            .unwrap_or_else(|| unreachable!("a wait without a deadline ends by success"))
    }

    /// Takes a permit if there is one and nobody waits.
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_>> {
        self.try_acquire_many(1)
    }

    /// Takes `permits` permits if there are as many and nobody waits.
    #[inline]
    pub fn try_acquire_many(&self, permits: usize) -> Option<SemaphorePermit<'_>> {
        let taken = self.state.lock().take(permits);
        taken.then(|| SemaphorePermit::new(self, permits))
    }

    /// Takes a permit, if one comes free in time.
    pub fn try_acquire_for(&self, timeout: Duration) -> Option<SemaphorePermit<'_>> {
        self.try_acquire_many_for(1, timeout)
    }

    /// Takes a permit, if one comes free before the deadline.
    pub fn try_acquire_until(&self, deadline: Instant) -> Option<SemaphorePermit<'_>> {
        self.try_acquire_many_until(1, deadline)
    }

    /// Takes `permits` permits at once, if as many come free in time.
    pub fn try_acquire_many_for(&self, permits: usize, timeout: Duration) -> Option<SemaphorePermit<'_>> {
        let wait = || block_on(self.acquire_many_async(permits), Instant::now().checked_add(timeout));
        self.try_acquire_many(permits).or_else(wait)
    }

    /// Takes `permits` permits at once, if as many come free before the deadline.
    pub fn try_acquire_many_until(&self, permits: usize, deadline: Instant) -> Option<SemaphorePermit<'_>> {
        let wait = || block_on(self.acquire_many_async(permits), Some(deadline));
        self.try_acquire_many(permits).or_else(wait)
    }

    /// A future that takes a permit. It works on any executor. Dropped before it is done it takes none, and no longer waits.
    ///
    /// It lines up when it is first polled.
    ///
    /// ```
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop { if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output } }
    /// # }
    /// use freehold::sync::Semaphore;
    /// let semaphore = Semaphore::new(1);
    /// block_on(async {
    ///     let permit = semaphore.acquire_async().await;
    ///     assert_eq!((permit.permits(), semaphore.available_permits()), (1, 0));
    /// });
    /// ```
    pub fn acquire_async(&self) -> Acquire<'_> {
        self.acquire_many_async(1)
    }

    /// A future that takes `permits` permits at once.
    pub fn acquire_many_async(&self, permits: usize) -> Acquire<'_> {
        Acquire::new(self, permits)
    }

    /// Adds permits, as if they were given back.
    ///
    /// # Errors
    /// If there would be more than the semaphore may have; none is added then.
    pub fn release(&self, permits: usize) -> Result<(), TooManyPermits> {
        let mut woken = Woken::default();
        let mut state = self.state.lock();
        let sum = state.permits.checked_add(permits).filter(|&sum| sum <= self.bound);
        state.permits = sum.ok_or(TooManyPermits { bound: self.bound })?;
        state.let_in(&mut woken);
        Ok(())
    }

    /// Takes back what a guard or a future had. If more were added meanwhile, there are as many as there may be.
    fn give_back(&self, permits: usize, state: &mut State, woken: &mut Woken) {
        state.permits = state.permits.saturating_add(permits).min(self.bound);
        state.let_in(woken);
    }
}

impl State {
    /// Takes permits, if there are as many and nobody waits.
    #[inline]
    fn take(&mut self, permits: usize) -> bool {
        let may = self.queue.is_empty() && permits <= self.permits;
        if may {
            self.permits -= permits;
        }
        may
    }

    /// Lets those in who wait and whose turn it is.
    fn let_in(&mut self, woken: &mut Woken) {
        let State { permits, queue } = self;
        while let Some((wanted, waker)) = queue.let_in(|wants| wants <= *permits) {
            *permits -= wanted;
            woken.push(waker);
        }
    }
}

leaf!(Semaphore);

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Semaphore")
            .field("permits", &state.permits)
            .field("waiting", &state.queue.len())
            .finish_non_exhaustive()
    }
}
