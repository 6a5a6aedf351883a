//! The one switch between `std` and `loom`: atomics, the raw lock, a small mutex and thread-locals come from here.

#[cfg(not(loom))]
mod imp {
    // The heap's own locks can be held across a fork; parking_lot keeps queues in a table with locks of its own.
    pub(crate) use freehold_pool::fork::Lock as Mutex;
    pub(crate) use parking_lot::{RawMutex, lock_api::RawMutex as RawMutexApi};
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
    pub(crate) use std::thread::yield_now;

    pub(crate) use crate::fork::{epoch, register};
    use parking_lot::lock_api::RawMutexTimed;
    use std::sync::atomic::fence;
    use std::time::Duration;

    /// Takes the lock if it is free, or comes free at once. Unlike `try_lock`, which reads the lock's state first, this
    /// is one compare-and-swap where nobody competes, as `lock` is; the read would cost as much as a third of a lock.
    #[inline]
    pub(crate) fn lock_if_free(raw: &RawMutex) -> bool {
        raw.try_lock_for(Duration::ZERO)
    }

    /// An Acquire fence, after a read-modify-write of the word that `load` loads. ThreadSanitizer does not understand fences;
    /// for it, the load is made, and acquires.
    #[inline]
    pub(crate) fn acquire<R>(load: impl FnOnce(Ordering) -> R) {
        if cfg!(tsan) {
            load(Ordering::Acquire);
        } else {
            fence(Ordering::Acquire);
        }
    }

    macro_rules! per_thread {
        ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
            std::thread_local! { $(#[$meta])* static $name: $type = const { $init } }
        };
    }
    pub(crate) use per_thread;

    macro_rules! per_process {
        ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => { $(#[$meta])* static $name: $type = $init; };
    }
    pub(crate) use per_process;
}

#[cfg(loom)]
mod imp {
    pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
    pub(crate) use loom::thread::yield_now;
    use std::ops::{Deref, DerefMut};

    pub(crate) fn acquire<R>(_: impl FnOnce(Ordering) -> R) {
        fence(Ordering::Acquire);
    }

    /// loom's mutex with the names of parking_lot's.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> impl Deref<Target = T> + DerefMut + '_ {
            self.0.lock().expect("no model panics while it holds a lock")
        }
    }

    pub(crate) use lock_api::RawMutex as RawMutexApi;

    /// A lock of one word, for the cells.
    #[derive(Debug)]
    pub(crate) struct RawMutex(AtomicU32);

    impl RawMutex {
        pub(crate) fn new() -> Self {
            RawMutex(AtomicU32::new(0))
        }

        pub(crate) fn try_lock(&self) -> bool {
            self.0
                .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
        }

        pub(crate) fn lock(&self) {
            while !self.try_lock() {
                yield_now();
            }
        }

        pub(crate) unsafe fn unlock(&self) {
            self.0.store(0, Ordering::Release);
        }
    }

    pub(crate) fn lock_if_free(raw: &RawMutex) -> bool {
        raw.try_lock()
    }

    /// No model forks.
    pub(crate) fn epoch() -> u32 {
        1
    }

    pub(crate) fn register() {}

    macro_rules! per_thread {
        ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
            loom::thread_local! { $(#[$meta])* static $name: $type = $init }
        };
    }
    pub(crate) use per_thread;

    macro_rules! per_process {
        ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
            loom::lazy_static! { $(#[$meta])* static ref $name: $type = $init; }
        };
    }
    pub(crate) use per_process;
}

pub(crate) use imp::*;
