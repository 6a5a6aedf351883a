//! The future that takes permits.
//!
//! | `ticket` | permits |
//! | --- | --- |
//! | `None` before the first poll | not asked for yet |
//! | `Some`, in the queue | waited for |
//! | `Some`, not in the queue any more | ours, but not handed out |
//! | `None` after the last poll | handed out |

use super::super::wait_queue::{Ticket, Woken};
use super::{Semaphore, SemaphorePermit};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What [`Semaphore::acquire_async`] returns: a future that takes permits.
///
/// Dropped at any time it loses none, and those behind it move up.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    permits: usize,
    ticket: Option<Ticket>,
}

impl<'a> Acquire<'a> {
    pub(super) fn new(semaphore: &'a Semaphore, permits: usize) -> Self {
        Acquire {
            semaphore,
            permits,
            ticket: None,
        }
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = SemaphorePermit<'a>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<SemaphorePermit<'a>> {
        // Wakers are code of the user's: cloned before the lock is taken, dropped after it is released.
        let waker = context.waker().clone();
        let _before;
        let (semaphore, permits) = (self.semaphore, self.permits);
        let mut state = semaphore.state.lock();
        let is_ours = match &self.ticket {
            None => state.take(permits),
            Some(ticket) => state.queue.was_let_in(ticket),
        };
        if is_ours {
            self.ticket = None;
            return Poll::Ready(SemaphorePermit::new(semaphore, permits));
        }
        match &self.ticket {
            None => self.ticket = Some(state.queue.push(permits, waker)),
            Some(ticket) => _before = state.queue.rewake(ticket, waker),
        }
        Poll::Pending
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut woken = Woken::default();
        let _waker;
        let mut state = self.semaphore.state.lock();
        _waker = state.queue.leave(&ticket);
        let ours = if _waker.is_none() { self.permits } else { 0 };
        // Also those behind may have waited for this one only.
        self.semaphore.give_back(ours, &mut state, &mut woken);
    }
}
