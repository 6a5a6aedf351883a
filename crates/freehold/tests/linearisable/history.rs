//! What threads did to an object: calls and answers, each with the times between which it happened.
//!
//! Time is one counter, which a thread advances before each call and after each answer. The counter's additions acquire and
//! release, so a call that begins later than another's answer must see what that one did: the order of time that the
//! checker insists on is one that the memory model promises as well. On the other hand the counter synchronises threads between
//! calls more than most programs do; which orderings an object needs within itself is for the models to find out.

use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

/// An object as it ought to be: the answers that it gives when calls come one after the other.
pub trait Model: Clone + Default + Eq + Hash {
    type Call: Copy + Debug + Send + Sync;
    type Answer: Debug + PartialEq + Send;

    /// Carries the call out.
    fn apply(&mut self, call: &Self::Call) -> Self::Answer;

    /// Which of several independent objects the call is to.
    fn object(_: &Self::Call) -> u64 {
        0
    }
}

/// A call that was answered.
pub struct Operation<M: Model> {
    pub thread: usize,
    pub call: M::Call,
    pub answer: M::Answer,
    pub invoked: u64,
    pub responded: u64,
}

impl<M: Model> Debug for Operation<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (thread, from, to) = (self.thread, self.invoked, self.responded);
        write!(
            f,
            "thread {thread}  {from:>3} to {to:<3} {:?} -> {:?}",
            self.call, self.answer
        )
    }
}

/// The time of one history.
#[derive(Default)]
pub struct Clock(AtomicU64);

impl Clock {
    fn now(&self) -> u64 {
        // AcqRel: who reads a later time sees what was done by an earlier one.
        self.0.fetch_add(1, Ordering::AcqRel)
    }
}

/// What one thread did.
pub struct Log<'a, M: Model> {
    clock: &'a Clock,
    thread: usize,
    operations: Vec<Operation<M>>,
}

impl<'a, M: Model> Log<'a, M> {
    pub fn new(clock: &'a Clock, thread: usize) -> Self {
        Log {
            clock,
            thread,
            operations: Vec::with_capacity(16),
        }
    }

    /// Makes a call and writes it down.
    pub fn record(&mut self, call: M::Call, make: impl FnOnce(&M::Call) -> M::Answer) {
        let invoked = self.clock.now();
        let answer = make(&call);
        let responded = self.clock.now();
        self.operations.push(Operation {
            thread: self.thread,
            call,
            answer,
            invoked,
            responded,
        });
    }

    pub fn into_operations(self) -> Vec<Operation<M>> {
        self.operations
    }
}

/// Whether any two operations happened at the same time.
pub fn has_overlap<M: Model>(history: &[Operation<M>]) -> bool {
    let overlaps = |a: &Operation<M>, b: &Operation<M>| a.invoked < b.responded && b.invoked < a.responded;
    let pairs = history.iter().enumerate();
    pairs
        .into_iter()
        .any(|(at, a)| history[..at].iter().any(|b| overlaps(a, b)))
}
