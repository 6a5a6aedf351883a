//! `Queue`: first in, first out, of linked blocks.
//!
//! **Mechanism.** Threads draw places in a block by adding one to its counter of pushes, or of pops, so that they do not race for
//! a pointer. A push fills its place, if no pop was there first; a pop spends its place, whether something was
//! there or not. Whoever draws a place beyond the last goes on to the next block, which the first such push brings along. Blocks that are spent wait
//! in [limbo](super::limbo), so that an address that a thread read is still the same block's (no ABA).
//!
//! **The collector** walks the places that are full, which stay so while it is [present](super::presence). No pop came between
//! two looks if the first block has the same number ([`Serial`](super::serial)), and its counter of pops is the same.
//!
//! **Source.** Michael and Scott, *Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms* (PODC 1996), for
//! the chain; Correia and Ramalhete, *FAAArrayQueue* (2016), and Morrison and Afek, *Fast Concurrent Queues for x86 Processors*
//! (PPoPP 2013), for drawing places by addition.

mod block;

use super::presence::Presence;
use super::{exhaust, limbo, node};
use crate::primitive::{AtomicPtr, Ordering};
use crate::trace::{Trace, Tracer};
use block::{Block, PLACES};
use std::marker::PhantomData;
use std::ptr;

/// A queue that any number of threads push to and pop from. Without bound.
///
/// Progress: lock-free, for an operation starts over only because others' have got on; except that a `pop` that meets the collector at
/// this very queue waits until it has left, which takes a few edges' time. Without handles inside there is no such wait.
/// (One push in 62 allocates, as far as the allocator lets that be lock-free.)
///
/// Linearisable: every operation takes effect at one instant between its call and its return. What was done before a `push` is seen
/// after the `pop` that got the value. There is no `len`: it would be outdated when it is returned.
///
/// ```
/// use freehold::lockfree::Queue;
/// use std::thread;
///
/// static JOBS: Queue<u32> = Queue::new();
/// thread::scope(|scope| {
///     scope.spawn(|| (1..=10).for_each(|job| JOBS.push(job)));
/// });
/// assert!(JOBS.drain().eq(1..=10));
/// assert!(JOBS.pop().is_none());
/// ```
#[repr(C)] // In this order.
pub struct Queue<T> {
    /// The first block. Null in a queue that was never used.
    head: AtomicPtr<Block<T>>,
    presence: Presence,
    /// Threads that push leave those alone that pop.
    _apart: [usize; 12],
    /// The last block, or one before it.
    tail: AtomicPtr<Block<T>>,
    owns: PhantomData<Box<Block<T>>>,
}

// SAFETY: values are moved from thread to thread, each by one at a time; so is the collector's look, as under a mutex.
unsafe impl<T: Send> Send for Queue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Queue<T> {}

impl<T> Queue<T> {
    /// An empty queue. Does not allocate.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Queue {
            head: AtomicPtr::new(ptr::null_mut()),
            presence: Presence::new(),
            _apart: [0; 12],
            tail: AtomicPtr::new(ptr::null_mut()),
            owns: PhantomData,
        }
    }

    /// An empty queue.
    #[cfg(loom)]
    pub fn new() -> Self {
        Queue {
            head: AtomicPtr::new(ptr::null_mut()),
            presence: Presence::new(),
            _apart: [0; 12],
            tail: AtomicPtr::new(ptr::null_mut()),
            owns: PhantomData,
        }
    }

    /// Puts a value at the end. An addition and a compare-and-swap if nobody interferes.
    #[inline]
    pub fn push(&self, value: T) {
        let _pin = limbo::pin();
        let mut value = value;
        loop {
            let block = self.last();
            block.life.check();
            // SeqCst, as all that is done to the counters: a pop that finds the queue empty sees every push that is over.
            let place = block.pushed.fetch_add(1, Ordering::SeqCst);
            if place >= PLACES {
                self.lengthen(block);
                continue;
            }
            // SAFETY: drawn just now.
            match unsafe { block.fill(place, value) } {
                Ok(()) => return,
                Err(back) => value = back,
            }
        }
    }

    /// The last block or one before it, while pinned; the first one, if there is none.
    #[inline]
    fn last(&self) -> &Block<T> {
        // Acquire pairs with the Release of whoever put it there: the block is seen as it was made.
        let last = self.tail.load(Ordering::Acquire);
        // SAFETY: a block that was found while pinned stays.
        unsafe { last.as_ref() }.unwrap_or_else(|| self.begin())
    }

    /// Gives the queue its first block.
    #[cold]
    fn begin(&self) -> &Block<T> {
        let null = ptr::null_mut();
        if self.head.load(Ordering::Acquire).is_null() {
            let block = Block::new();
            // Pops look at the head; so a push is not over before there is one.
            if self
                .head
                .compare_exchange(null, block, Ordering::SeqCst, Ordering::Relaxed)
                .is_err()
            {
                // SAFETY: nobody has seen it.
                unsafe { node::free(block) };
            }
        }
        let first = self.head.load(Ordering::Acquire);
        match self
            .tail
            .compare_exchange(null, first, Ordering::AcqRel, Ordering::Acquire)
        {
            // SAFETY: a block that was found while pinned stays.
            Ok(_) => unsafe { &*first },
            // SAFETY: as above.
            Err(last) => unsafe { &*last },
        }
    }
    /// Adds a block behind a last one whose places are all drawn.
    #[cold]
    fn lengthen(&self, block: &Block<T>) {
        let mut next = block.next.load(Ordering::Acquire);
        if next.is_null() {
            let new = Block::new();
            // SeqCst as above; and Release: the block is seen as it was made.
            match block
                .next
                .compare_exchange(ptr::null_mut(), new, Ordering::SeqCst, Ordering::Acquire)
            {
                Ok(_) => next = new,
                Err(other) => {
                    // SAFETY: nobody has seen it.
                    unsafe { node::free(new) };
                    next = other;
                }
            }
        }
        self.move_tail(block, next);
    }

    /// Moves the tail on from `block`, if it is there.
    fn move_tail(&self, block: &Block<T>, next: *mut Block<T>) {
        let block = ptr::from_ref(block).cast_mut();
        // Release pairs with the Acquire of `last`. On failure others were faster.
        let _ = self
            .tail
            .compare_exchange(block, next, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Takes the value at the front. An addition and a swap if nobody interferes.
    #[inline]
    pub fn pop(&self) -> Option<T> {
        let _pin = limbo::pin();
        loop {
            // SAFETY: a block that was found while pinned stays. Acquire as in `last`.
            let block = unsafe { self.head.load(Ordering::SeqCst).as_ref() }?;
            block.life.check();
            if block.is_exhausted() && block.next.load(Ordering::SeqCst).is_null() {
                return None;
            }
            // SeqCst: seen by the collector, or it is seen by `wait_until_gone`.
            let place = block.popped.fetch_add(1, Ordering::SeqCst);
            if place >= PLACES {
                self.shorten(block)?;
            } else if block.spend(place) {
                self.presence.wait_until_gone();
                // SAFETY: spent by us, with a value; and the collector is gone.
                return Some(unsafe { block.take(place) });
            }
        }
    }

    /// Takes a first block whose places are all drawn out of the chain. `None`: there is no other.
    #[cold]
    fn shorten(&self, block: &Block<T>) -> Option<()> {
        let next = block.next.load(Ordering::SeqCst);
        if next.is_null() {
            return None;
        }
        // The tail does not come back to a block that it has left; so nobody finds this one from now on.
        self.move_tail(block, next);
        let block = ptr::from_ref(block).cast_mut();
        // SeqCst: seen by the collector before it counts the pops of the next.
        let exchange = self
            .head
            .compare_exchange(block, next, Ordering::SeqCst, Ordering::Relaxed);
        if exchange.is_ok() {
            // SAFETY: taken out just now, and never put back; places that hold a value are being spent by pinned threads.
            unsafe { limbo::retire_memory(block) };
        }
        Some(())
    }

    /// Whether there is nothing in it at the moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let _pin = limbo::pin();
        // SAFETY: a block that was found while pinned stays.
        let first = unsafe { self.head.load(Ordering::SeqCst).as_ref() };
        first.is_none_or(|first| {
            // A block with all pops drawn may have a successor with nothing in it.
            let mut blocks = std::iter::successors(Some(first), |block| block.next());
            blocks.all(Block::is_exhausted)
        })
    }

    /// Pops until the queue is empty, and what others push meanwhile too.
    ///
    /// ```
    /// let queue = freehold::lockfree::Queue::from_iter([1, 2, 3]);
    /// assert!(queue.drain().eq([1, 2, 3]));
    /// assert!(queue.is_empty());
    /// ```
    pub fn drain(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.pop())
    }

    /// The value at the front, of a queue that nobody else has.
    fn pop_owned(&mut self) -> Option<T> {
        loop {
            // Relaxed, here and below: who had the queue has synchronised with us.
            let head = self.head.load(Ordering::Relaxed);
            // SAFETY: nobody else has the queue.
            let block = unsafe { head.as_ref() }?;
            if block.is_exhausted() {
                let next = block.next.load(Ordering::Relaxed);
                if next.is_null() {
                    return None;
                }
                self.head.store(next, Ordering::Relaxed);
                // SAFETY: nobody else has the queue, and its tail is not used again but by `Drop`, which does not look at it.
                unsafe { node::free(head) };
                continue;
            }
            let place = block.popped.fetch_add(1, Ordering::Relaxed);
            if block.spend(place) {
                // SAFETY: spent by us, with a value; and nobody else has the queue.
                return Some(unsafe { block.take(place) });
            }
        }
    }
}

impl<T: Trace> Queue<T> {
    /// Shows what is in the queue, with the number of the first block and how many pops it has seen; while the collector is present.
    fn show(&self, tracer: &mut Tracer) {
        // Blocks that are spent meanwhile stay.
        let _pin = limbo::pin();
        // SAFETY: a block that was found while pinned stays.
        let Some(first) = (unsafe { self.head.load(Ordering::SeqCst).as_ref() }) else {
            return tracer.stamp(0);
        };
        // A place that a pop has drawn, and not emptied yet, is that pop's: its handle counts as held from outside.
        let popped = first.popped.load(Ordering::SeqCst).min(PLACES);
        tracer.stamp(first.serial.get());
        tracer.stamp(popped as u64);
        first.show(popped, tracer);
        // Pops come to a block when it is the first.
        std::iter::successors(first.next(), |block| block.next()).for_each(|block| block.show(0, tracer));
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        exhaust(|| self.pop_owned());
        let last = self.head.load(Ordering::Relaxed);
        if !last.is_null() {
            // SAFETY: nobody else has the queue.
            unsafe { node::free(last) };
        }
    }
}

collection!(
    Queue,
    /// The values of a queue that is used up, from the front.
    QueueIntoIter
);
