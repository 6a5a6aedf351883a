//! Who waits, in order: threads and tasks alike, each with a ticket, what it wants, and how to wake it.
//!
//! Only the first is ever let in, and whoever gives up takes itself out. So a waiter was let in if and only if it is not in the
//! queue any more, which its ticket tells: tickets in the queue ascend, and the first is greater then. No answer has to
//! be left anywhere. The owner of the queue has it behind a lock, and wakes the [`Woken`] when the lock is released, for
//! wakers are code of the user's.

use std::collections::VecDeque;
use std::task::Waker;

/// A place in a queue.
#[derive(Debug)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    wants: usize,
    waker: Waker,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct WaitQueue {
    last: u64,
    waiters: VecDeque<Waiter>,
}

impl WaitQueue {
    pub(super) const fn new() -> Self {
        WaitQueue {
            last: 0,
            waiters: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    /// Lines up.
    pub(super) fn push(&mut self, wants: usize, waker: Waker) -> Ticket {
        self.last += 1;
        let ticket = self.last;
        self.waiters.push_back(Waiter { ticket, wants, waker });
        Ticket(ticket)
    }

    /// Whether the waiter was let in.
    pub(super) fn was_let_in(&self, ticket: &Ticket) -> bool {
        self.place(ticket).is_none()
    }

    /// Has another waker woken for the waiter; the one before, if there was another.
    pub(super) fn rewake(&mut self, ticket: &Ticket, waker: Waker) -> Option<Waker> {
        let place = self.place(ticket)?;
        Some(std::mem::replace(&mut self.waiters[place].waker, waker))
    }

    /// Gives up; the waker of one that was not let in.
    pub(super) fn leave(&mut self, ticket: &Ticket) -> Option<Waker> {
        let place = self.place(ticket)?;
        Some(self.waiters.remove(place)?.waker)
    }

    /// Lets the first in, if it may have what it wants; says what that is.
    pub(super) fn let_in(&mut self, may: impl FnOnce(usize) -> bool) -> Option<(usize, Waker)> {
        let may = may(self.waiters.front()?.wants);
        let first = if may { self.waiters.pop_front() } else { None };
        first.map(|waiter| (waiter.wants, waiter.waker))
    }

    fn place(&self, ticket: &Ticket) -> Option<usize> {
        self.waiters
            .binary_search_by_key(&ticket.0, |waiter| waiter.ticket)
            .ok()
    }
}

/// Those let in, to be woken when this is dropped, after the queue's lock.
#[derive(Default)]
pub(super) struct Woken(Vec<Waker>);

impl Woken {
    pub(super) fn push(&mut self, waker: Waker) {
        self.0.push(waker);
    }
}

impl Drop for Woken {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}
