//! What is reported: an inversion, a deadlock, and the threads in them.

use super::acquisition::Acquisition;
use std::fmt;
use std::sync::Arc;

/// A thread: `thread 2 "worker"`.
///
/// The number is its own for as long as the process lives, in the order in which threads first took a lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Thread {
    /// Its number.
    pub number: u64,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "thread {} \"{name}\"", self.number),
            None => write!(f, "thread {}", self.number),
        }
    }
}

/// An order in which a thread took two locks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// The thread.
    pub thread: Thread,
    /// The lock that it had, and where it had taken it.
    pub held: Acquisition,
    /// The lock that it wanted then, and where.
    pub wanted: Acquisition,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Order { thread, held, wanted } = self;
        write!(f, "{thread} held {held} and wanted {wanted}")
    }
}

/// Locks that were taken in orders which contradict each other: at another moment the threads may deadlock.
///
/// Each lock wanted is the one held in the next order, and the last that of the first. The first order is the one that was new.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inversion {
    /// The orders, at least one. If it is one, a thread wanted an `RwLock` to read that it was reading already.
    pub orders: Vec<Order>,
}

impl fmt::Display for Inversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.orders.as_slice() {
            [_] => f.write_str("a lock is read again while it is read, a deadlock if a writer waits in between:")?,
            orders => write!(f, "{} locks are taken in orders that can deadlock:", orders.len())?,
        }
        self.orders.iter().try_for_each(|order| write!(f, "\n  {order}"))
    }
}

/// A thread that waits for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The thread.
    pub thread: Thread,
    /// What it waits for, and where.
    pub wanted: Acquisition,
    /// How the thread of the next wait has that lock, and where it took it. `None`: it waits itself, to write, and keeps
    /// readers out until it has.
    pub held: Option<Acquisition>,
}

/// Threads that wait for each other: none of them ever goes on.
///
/// Each waits for the thread of the next wait, and the last for that of the first, which is the one that found it out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlock {
    /// The waits, one for each thread. If it is one, the thread waits for itself.
    pub waits: Vec<Wait>,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.waits.as_slice() {
            [_] => f.write_str("a thread waits for itself:")?,
            waits => write!(f, "{} threads wait for each other:", waits.len())?,
        }
        let next = self.waits.iter().cycle().skip(1);
        for (Wait { thread, wanted, held }, next) in self.waits.iter().zip(next) {
            write!(f, "\n  {thread} waits for {wanted}, ")?;
            match held {
                Some(held) => write!(f, "which {} has taken ({})", next.thread, held.site)?,
                None => write!(f, "behind {}, which waits to write", next.thread)?,
            }
        }
        Ok(())
    }
}
