//! Locks that the collector can look into. They are the write barrier: what a traced object holds can change only under one
//! of them, and each counts how often it was acquired for writing.
//!
//! | | as | the collector |
//! | --- | --- | --- |
//! | [`Mutex`] | parking_lot's | looks inside if it is free |
//! | [`RwLock`] | parking_lot's | looks inside as a reader |
//! | [`ReentrantMutex`] | parking_lot's; Python's `RLock` | looks inside if it is free |
//! | [`OnceLock`], [`LazyLock`] | std's | looks at what is set, without a lock |
//! | [`Condvar`] | parking_lot's; Python's `Condition` | has nothing to look at |
//! | [`Semaphore`] | Python's; with futures | has nothing to look at |
//! | [`Event`] | Python's; with futures | has nothing to look at |
//! | [`Barrier`] | Python's, std's | has nothing to look at |
//!
//! None of them is *poisoned* by a panic: guards unlock as they are dropped, whatever drops them. What a panic may leave half
//! done is the business of whoever lets it pass. A mutator never waits for the collector for longer than a few edges
//! take: who waits for a lock that the collector is inside makes it leave. (Beside locks of `std` or `parking_lot` in the same object, it
//! may wait as for those: see the [crate](crate#locks-of-std-and-parking_lot).)
//!
//! With feature `deadlock-detection` the locks tell of deadlocks: module `deadlock`.

/// `Trace` for what holds no handle.
#[cfg(not(loom))]
macro_rules! leaf {
    ($type:ty) => {
        // SAFETY: the type holds no handle.
        unsafe impl Trace for $type {
            #[inline]
            fn trace(&self, _: &mut Tracer) {}

            #[inline]
            fn may_hold_gc<D: Depth>() -> bool {
                false
            }
        }
    };
}

#[cfg(not(loom))]
mod barrier;
#[cfg(not(loom))]
mod block_on;
mod cell;
#[cfg(not(loom))]
mod condvar;
#[cfg(all(feature = "deadlock-detection", not(loom)))]
pub mod deadlock;
#[cfg(not(loom))]
mod event;
mod lazy_lock;
mod mode;
mod mutex;
mod once_lock;
mod raw_mutex;
mod raw_rwlock;
mod reentrant_mutex;
mod rwlock;
#[cfg(not(loom))]
mod semaphore;
#[cfg(not(loom))]
mod wait_queue;
#[cfg(not(all(feature = "deadlock-detection", not(loom))))]
#[path = "sync/unwatched.rs"]
mod watch;

#[cfg(all(feature = "deadlock-detection", not(loom)))]
use deadlock::watch;

#[cfg(not(loom))]
pub use barrier::{Barrier, BarrierWaitResult, BrokenBarrier};
pub(crate) use cell::{Cell, Kind, Waiting, is_still, show};
#[cfg(not(loom))]
pub use condvar::{Condvar, WaitTimeoutResult};
#[cfg(not(loom))]
pub use event::{Event, Wait};
pub use lazy_lock::LazyLock;
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use once_lock::OnceLock;
pub use raw_mutex::RawMutex;
pub use raw_rwlock::RawRwLock;
pub use reentrant_mutex::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
pub use rwlock::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
#[cfg(not(loom))]
pub use semaphore::{Acquire, Semaphore, SemaphorePermit, TooManyPermits};
