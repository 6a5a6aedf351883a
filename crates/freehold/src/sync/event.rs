//! `Event`: a flag, and a queue of those who wait for it to be set, threads and tasks alike.
//!
//! To see a flag that is set costs a load. Setting it lets in all who wait; so they go on even if it is cleared at once.

use super::block_on::block_on;
use super::wait_queue::{Ticket, WaitQueue, Woken};
use crate::trace::{Depth, Trace, Tracer};
use parking_lot::Mutex;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A flag that threads and tasks can wait for, as Python's `threading.Event`.
///
/// What was done before [`set`](Self::set) is seen by whoever waited.
///
/// ```
/// use freehold::sync::Event;
/// let ready = Event::new();
/// std::thread::scope(|scope| {
///     scope.spawn(|| ready.wait());
///     ready.set();
/// });
/// assert!(ready.is_set());
/// ```
#[derive(Default)]
pub struct Event {
    is_set: AtomicBool,
    queue: Mutex<WaitQueue>,
}

impl Event {
    /// An event that is not set.
    #[inline]
    pub const fn new() -> Self {
        Event {
            is_set: AtomicBool::new(false),
            queue: Mutex::new(WaitQueue::new()),
        }
    }

    /// Whether it is set.
    #[inline]
    pub fn is_set(&self) -> bool {
        // Acquire pairs with the Release of `set`.
        self.is_set.load(Ordering::Acquire)
    }

    /// Sets it, and lets go on all who wait.
    pub fn set(&self) {
        let mut woken = Woken::default();
        let mut queue = self.queue.lock();
        // Release pairs with the Acquire of `is_set`. Under the lock: who has seen it unset lines up before, or sees it set.
        self.is_set.store(true, Ordering::Release);
        while let Some((_, waker)) = queue.let_in(|_| true) {
            woken.push(waker);
        }
    }

    /// Unsets it. Who waited when it was set goes on nevertheless.
    pub fn clear(&self) {
        let _queue = self.queue.lock();
        // Relaxed: it carries nothing.
        self.is_set.store(false, Ordering::Relaxed);
    }

    /// Waits until it is set.
    #[inline]
    pub fn wait(&self) {
        if !self.is_set() {
            block_on(self.wait_async(), None);
        }
    }

    /// Waits until it is set, but not for longer than `timeout`; whether it was set.
    ///
    /// ```
    /// use freehold::sync::Event;
    /// use std::time::Duration;
    /// assert!(!Event::new().wait_for(Duration::from_millis(1)));
    /// ```
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.is_set() || block_on(self.wait_async(), Instant::now().checked_add(timeout)).is_some()
    }

    /// Waits until it is set, but no later than `deadline`; whether it was set.
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.is_set() || block_on(self.wait_async(), Some(deadline)).is_some()
    }

    /// A future that is ready when the event is set, or was set since the first poll. It works on any executor. Dropped before it
    /// is done it no longer waits.
    ///
    /// ```
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop { if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output } }
    /// # }
    /// use freehold::sync::Event;
    /// let ready = Event::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| ready.set());
    ///     block_on(async { ready.wait_async().await });
    /// });
    /// ```
    pub fn wait_async(&self) -> Wait<'_> {
        Wait {
            event: self,
            ticket: None,
        }
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.queue.lock().len()
    }
}

leaf!(Event);

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("is_set", &self.is_set())
            .finish_non_exhaustive()
    }
}

/// What [`Event::wait_async`] returns: a future that is ready when the event is set.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Wait<'a> {
    event: &'a Event,
    /// The place in the queue, from the first poll on.
    ticket: Option<Ticket>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Wakers are code of the user's: cloned before the lock is taken, dropped after it is released.
        let waker = context.waker().clone();
        let _before;
        let event = self.event;
        let mut queue = event.queue.lock();
        let is_over = match &self.ticket {
            None => event.is_set(),
            Some(ticket) => queue.was_let_in(ticket),
        };
        if is_over {
            self.ticket = None;
            return Poll::Ready(());
        }
        match &self.ticket {
            None => self.ticket = Some(queue.push(0, waker)),
            Some(ticket) => _before = queue.rewake(ticket, waker),
        }
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // The waker is dropped after the lock is released.
            let _waker = self.event.queue.lock().leave(&ticket);
        }
    }
}
