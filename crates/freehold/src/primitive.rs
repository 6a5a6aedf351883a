//! The one switch between `std` and `loom`: atomics, the raw locks, a small mutex and thread-locals come from here.

#[cfg(not(loom))]
mod imp {
    // The heap's own locks can be held across a fork; parking_lot keeps queues in a table with locks of its own.
    pub(crate) use freehold_pool::fork::Lock as Mutex;
    pub(crate) use parking_lot::{RawMutex, RawRwLock};
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
    // For constants: loom has its own.
    pub(crate) use std::sync::atomic::{AtomicU32 as ConstU32, AtomicU64 as ConstU64, AtomicUsize as ConstUsize};
    pub(crate) use std::thread::yield_now;

    pub(crate) use crate::collect::limbo::{ask as ask_for_flush, wait as wait_for_flush};
    pub(crate) use crate::destroy::discard as no_caller;
    pub(crate) use crate::fork::{epoch, register};
    pub(crate) use freehold_pool::barrier::{heavy as heavy_barrier, light as light_barrier};
    use parking_lot::lock_api::{GetThreadId, RawMutexTimed, RawRwLockUpgrade, RawRwLockUpgradeDowngrade};
    pub(crate) use std::sync::atomic::fence;
    use std::time::{Duration, Instant};

    /// The time since it was started.
    #[derive(Debug)]
    pub(crate) struct Stopwatch(Instant);

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Stopwatch(Instant::now())
        }

        pub(crate) fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
    }

    /// parking_lot's raw lock, as a mutex of nothing, which is what its condition variable waits with.
    pub(crate) type MutexOfNothing = parking_lot::Mutex<()>;

    pub(crate) const fn unlocked() -> MutexOfNothing {
        parking_lot::Mutex::new(())
    }

    /// The raw lock.
    #[inline]
    pub(crate) fn raw(mutex: &MutexOfNothing) -> &RawMutex {
        // SAFETY: whoever unlocks it owes a reason.
        unsafe { mutex.raw() }
    }

    /// Another number for each thread, and none 0.
    #[inline]
    pub(crate) fn thread_number() -> usize {
        parking_lot::RawThreadId::INIT.nonzero_thread_id().get()
    }

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

    /// Orders what readers did before what a reader does who has become the writer by trying. parking_lot 0.12 upgrades with
    /// Relaxed where the first attempt fails or a limit is given. For ThreadSanitizer, which does not understand fences, the
    /// upgrade is made once more, by waiting.
    ///
    /// # Safety
    /// The caller holds the lock for writing, and nothing borrows from it.
    #[inline]
    pub(crate) unsafe fn acquire_upgraded(lock: &RawRwLock) {
        if cfg!(tsan) {
            // SAFETY: as the caller promised.
            unsafe {
                lock.downgrade_to_upgradable();
                lock.upgrade();
            }
        } else {
            fence(Ordering::Acquire);
        }
    }

    /// Models use the atomics of a lock when it is made.
    #[inline]
    pub(crate) fn use_first(_: &impl lock_api::RawMutex) {}

    /// Between two SeqCst accesses that stand in one order with those of other threads. Models know no such order of
    /// accesses, and need a fence.
    #[inline]
    pub(crate) fn in_one_order() {}

    /// What models watch in a node: its uses race with its end. Here nothing.
    #[derive(Debug)]
    pub(crate) struct Life;

    impl Life {
        #[inline]
        pub(crate) fn new() -> Self {
            Life
        }

        /// The node is used.
        #[inline]
        pub(crate) fn check(&self) {}
    }

    /// A thread lost a race for a word for the `times`th time: it stays away from it for a while.
    #[inline]
    pub(crate) fn stay_away(times: u32) {
        (0..1_u32 << times).for_each(|_| std::hint::spin_loop());
    }

    /// A size, which models have smaller.
    pub(crate) const fn size(_in_models: usize, size: usize) -> usize {
        size
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
#[path = "primitive"]
mod imp {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
    pub(crate) use loom::thread::yield_now;
    use std::ops::{Deref, DerefMut};
    use std::time::Duration;

    pub(crate) fn acquire<R>(_: impl FnOnce(Ordering) -> R) {
        fence(Ordering::Acquire);
    }

    /// loom knows no barrier that other threads pass; so both are full.
    pub(crate) fn light_barrier() {
        fence(Ordering::SeqCst);
    }

    pub(crate) fn heavy_barrier() -> bool {
        fence(Ordering::SeqCst);
        true
    }

    /// The atomics of a constant are made when they are first used, which must not look like a race.
    pub(crate) fn use_first(lock: &impl lock_api::RawMutex) {
        lock.lock();
        // SAFETY: taken just now.
        unsafe { lock.unlock() };
    }

    /// loom takes SeqCst accesses for AcqRel; fences it knows.
    pub(crate) fn in_one_order() {
        fence(Ordering::SeqCst);
    }

    /// What is watched in a node: its uses race with its end.
    #[derive(Debug)]
    pub(crate) struct Life(loom::cell::UnsafeCell<bool>);

    // SAFETY: loom watches the accesses.
    unsafe impl Sync for Life {}

    impl Life {
        pub(crate) fn new() -> Self {
            Life(loom::cell::UnsafeCell::new(true))
        }

        pub(crate) fn check(&self) {
            // SAFETY: loom reports a race with the end.
            self.0.with(|alive| assert!(unsafe { *alive }, "used after its end"));
        }
    }

    impl Drop for Life {
        fn drop(&mut self) {
            // SAFETY: loom reports a race with a use.
            self.0.with_mut(|alive| unsafe { *alive = false });
        }
    }

    pub(crate) fn stay_away(_: u32) {
        yield_now();
    }

    pub(crate) const fn size(in_models: usize, _: usize) -> usize {
        in_models
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

    /// In models time stands still.
    #[derive(Debug)]
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Stopwatch
        }

        pub(crate) fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
    }

    /// Atomics for constants, in which loom's cannot be made: each is made when it is first used.
    macro_rules! for_constants {
        ($name:ident, $atomic:ident, $number:ty) => {
            #[derive(Debug)]
            pub(crate) struct $name {
                first: $number,
                atomic: std::sync::OnceLock<$atomic>,
            }

            impl $name {
                pub(crate) const fn new(first: $number) -> Self {
                    let atomic = std::sync::OnceLock::new();
                    $name { first, atomic }
                }
            }

            impl Deref for $name {
                type Target = $atomic;
                fn deref(&self) -> &$atomic {
                    self.atomic.get_or_init(|| $atomic::new(self.first))
                }
            }
        };
    }
    for_constants!(ConstU32, AtomicU32, u32);
    for_constants!(ConstU64, AtomicU64, u64);
    for_constants!(ConstUsize, AtomicUsize, usize);

    /// Another number for each thread of a model.
    pub(crate) fn thread_number() -> usize {
        per_process! { static LAST: AtomicUsize = AtomicUsize::new(0) }
        per_thread! { static NUMBER: usize = LAST.fetch_add(1, Ordering::Relaxed) + 1 }
        NUMBER.with(|&number| number)
    }

    mod raw;
    pub(crate) use raw::{RawMutex, RawRwLock};

    pub(crate) type MutexOfNothing = RawMutex;

    pub(crate) const fn unlocked() -> MutexOfNothing {
        <RawMutex as lock_api::RawMutex>::INIT
    }

    pub(crate) fn raw(mutex: &RawMutex) -> &RawMutex {
        mutex
    }

    /// The model's lock acquires however it is upgraded.
    pub(crate) unsafe fn acquire_upgraded(_: &RawRwLock) {}

    pub(crate) fn lock_if_free(raw: &RawMutex) -> bool {
        lock_api::RawMutex::try_lock(raw)
    }

    /// No model forks.
    pub(crate) fn epoch() -> u32 {
        1
    }

    pub(crate) fn register() {}

    /// A violation that loom reports in a drop must get through.
    pub(crate) fn no_caller(panic: Box<dyn std::any::Any + Send>) {
        std::panic::resume_unwind(panic);
    }

    /// Models have no collector's thread, and flush by themselves.
    pub(crate) fn ask_for_flush() {}

    pub(crate) fn wait_for_flush(_: usize) {}

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
