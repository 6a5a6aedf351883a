//! Sorts of locks, and the ways in which a thread has or wants one.
//!
//! Every lock says these to its watch. With feature `deadlock-detection` they are public, in `sync::deadlock`.

/// A sort of lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// A [`Mutex`](crate::sync::Mutex).
    Mutex,
    /// An [`RwLock`](crate::sync::RwLock).
    RwLock,
    /// A [`ReentrantMutex`](crate::sync::ReentrantMutex).
    ReentrantMutex,
    /// A [`OnceLock`](crate::sync::OnceLock) or [`LazyLock`](crate::sync::LazyLock), which is held while it is being set.
    OnceLock,
}

/// How a thread has a lock, or wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Alone; an `RwLock`: to write.
    Exclusive,
    /// To read, after writers that wait.
    Shared,
    /// To read, by `read_recursive`: past writers that wait for readers to leave.
    Recursive,
    /// To read, as the one who may go on to write.
    Upgradable,
    /// To write, from upgradable: waits for the other readers to leave.
    Upgrade,
}
