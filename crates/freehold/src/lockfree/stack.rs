//! `Stack`: last in, first out, of linked nodes.
//!
//! **Problem.** Whoever pops reads the top node's link and puts it in the node's place: the node must not be given back, nor be on top
//! of the stack a second time (ABA), between the two.
//!
//! **Mechanism.** Nodes that were popped wait in [limbo](super::limbo) until every thread that was popping then has left; none is
//! pushed again. So an address that a thread read is still the same node's.
//!
//! **The collector** walks the nodes, which stay in place while it is [present](super::presence). Each node has a number that no
//! other ever has, so the same number on top at both looks means that nothing was popped in between.
//!
//! **Source.** Treiber, *Systems Programming: Coping with Parallelism* (IBM RJ 5118, 1986).

use super::backoff::Backoff;
use super::node;
use super::presence::Presence;
use super::serial::Serial;
use super::{exhaust, limbo};
use crate::primitive::{AtomicPtr, Life, Ordering};
use crate::trace::{Trace, Tracer};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr;

/// A stack that any number of threads push to and pop from. Without bound.
///
/// Progress: lock-free, for an operation starts over only because another thread's has succeeded; except that a `pop` that meets the
/// collector at this very stack waits until it has left, which takes a few edges' time. Without handles inside there is
/// no such wait. (A `push` allocates, as far as the allocator lets that be lock-free.)
///
/// Linearisable: every operation takes effect at one instant between its call and its return. What was done before a `push` is seen
/// after the `pop` that got the value. There is no `len`: it would be outdated when it is returned.
///
/// ```
/// use freehold::lockfree::Stack;
/// use std::thread;
///
/// static FREE: Stack<usize> = Stack::new();
/// thread::scope(|scope| {
///     scope.spawn(|| (0..10).for_each(|number| FREE.push(number)));
///     scope.spawn(|| FREE.push(10));
/// });
/// assert_eq!(FREE.drain().sum::<usize>(), 55);
/// assert!(FREE.pop().is_none());
/// ```
pub struct Stack<T> {
    top: AtomicPtr<Node<T>>,
    presence: Presence,
    owns: PhantomData<Box<Node<T>>>,
}

struct Node<T> {
    serial: Serial,
    /// The node below. Written before the node is pushed.
    next: *mut Node<T>,
    /// Taken by who pops the node.
    value: ManuallyDrop<T>,
    life: Life,
}

// SAFETY: values are moved from thread to thread, each by one at a time; so is the collector's look, as under a mutex.
unsafe impl<T: Send> Send for Stack<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Stack<T> {}

impl<T> Stack<T> {
    /// An empty stack. Does not allocate.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Stack {
            top: AtomicPtr::new(ptr::null_mut()),
            presence: Presence::new(),
            owns: PhantomData,
        }
    }

    /// An empty stack.
    #[cfg(loom)]
    pub fn new() -> Self {
        Stack {
            top: AtomicPtr::new(ptr::null_mut()),
            presence: Presence::new(),
            owns: PhantomData,
        }
    }

    /// Puts a value on top. One compare-and-swap if nobody interferes.
    #[inline]
    pub fn push(&self, value: T) {
        let node = node::new(Node {
            serial: Serial::new(),
            next: ptr::null_mut(),
            value: ManuallyDrop::new(value),
            life: Life::new(),
        });
        let mut backoff = Backoff::new();
        // Relaxed: the node on top is not looked at.
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            // SAFETY: nobody else has the node yet.
            unsafe { (*node).next = top };
            // Release pairs with the Acquire of `pop` and the collector: the node is seen as it was made.
            match self
                .top
                .compare_exchange_weak(top, node, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => top = now,
            }
            backoff.wait();
        }
    }

    /// Takes the value on top.
    #[inline]
    pub fn pop(&self) -> Option<T> {
        let node = self.unlink()?;
        self.presence.wait_until_gone();
        // SAFETY: we took the node out, nobody else takes its value, and the collector is gone. Read, for others may look at the
        // node still.
        let value = unsafe { (&raw const (*node).value).read() };
        // SAFETY: taken out, and never pushed again; the value in it is not dropped with it.
        unsafe { limbo::retire_memory(node) };
        Some(ManuallyDrop::into_inner(value))
    }

    /// Takes the top node out. It is the caller's, but for threads that look at its link in vain.
    #[inline]
    fn unlink(&self) -> Option<*mut Node<T>> {
        let _pin = limbo::pin();
        let mut backoff = Backoff::new();
        // Acquire pairs with the Release of `push`.
        let mut top = self.top.load(Ordering::Acquire);
        loop {
            if top.is_null() {
                return None;
            }
            // SAFETY: pinned since before the node was found, so it is still there, and its link does not change.
            let next = unsafe {
                (*top).life.check();
                (*top).next
            };
            // SeqCst: seen by the collector, or it is seen by `wait_until_gone`. Acquire as above.
            match self
                .top
                .compare_exchange_weak(top, next, Ordering::SeqCst, Ordering::Acquire)
            {
                Ok(_) => return Some(top),
                Err(now) => top = now,
            }
            backoff.wait();
        }
    }

    /// Whether there is nothing in it at the moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Acquire as in `pop`: who finds it empty has seen what was done before.
        self.top.load(Ordering::Acquire).is_null()
    }

    /// Pops until the stack is empty, and what others push meanwhile too.
    ///
    /// ```
    /// let stack = freehold::lockfree::Stack::from_iter([1, 2, 3]);
    /// assert!(stack.drain().eq([3, 2, 1]));
    /// assert!(stack.is_empty());
    /// ```
    pub fn drain(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.pop())
    }

    /// The top node's value, of a stack that nobody else has.
    fn pop_owned(&mut self) -> Option<T> {
        // Relaxed: who had the stack has synchronised with us.
        let top = self.top.load(Ordering::Relaxed);
        if top.is_null() {
            return None;
        }
        // SAFETY: nobody else has the stack, so the node and its value are ours alone.
        let (next, value) = unsafe { ((*top).next, (&raw const (*top).value).read()) };
        self.top.store(next, Ordering::Relaxed);
        // SAFETY: as above; the value in it is not dropped with it.
        unsafe { node::free(top) };
        Some(ManuallyDrop::into_inner(value))
    }
}

impl<T: Trace> Stack<T> {
    /// Shows what is in the stack, with the number of the node on top, which changes when one is popped; while the collector is
    /// present.
    fn show(&self, tracer: &mut Tracer) {
        // SeqCst: pops that the presence does not hold up are seen.
        let top = self.top.load(Ordering::SeqCst);
        // SAFETY: nodes that are in the stack stay while the collector is present.
        let node = |node: *mut Node<T>| unsafe { node.as_ref() };
        tracer.stamp(node(top).map_or(0, |top| top.serial.get()));
        let nodes = std::iter::successors(node(top), |above| node(above.next));
        tracer.each(nodes, |node, tracer| {
            node.life.check();
            node.value.trace(tracer);
        });
    }
}

impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        exhaust(|| self.pop_owned());
    }
}

collection!(
    Stack,
    /// The values of a stack that is used up, from the top.
    StackIntoIter
);
