//! fork(2): the child has one thread, and every lock that another thread held is held for ever.
//!
//! Before a fork the forking thread takes all locks of the pool, and releases them on both sides; so none is held by a thread
//! that the child does not have. The locks are std's, of which a forked child can release its copy: on Linux a lock is one word
//! and a queue in the kernel. The child keeps the heaps of the threads that it does not have as they were: what is alive in
//! them stays, and can be freed; slots that are free in them are lost to the child.

use crate::orphans;
use crate::os;
use crate::range;
use crate::range::Range;
use crate::source::State;
use crate::walk;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// A lock that can be held across a fork. A panic while it is held is no news to it.
#[derive(Debug, Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    /// Waits for the lock, and takes it. `errno` stays as it was.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        // ThreadSanitizer does not see into std, where a lock that is contended is taken; so it is tried, which is inlined.
        while cfg!(tsan) {
            match self.try_lock() {
                Some(guard) => return guard,
                None => std::thread::yield_now(),
            }
        }
        if let Some(guard) = self.try_lock() {
            return guard;
        }
        // Whoever waits calls the system.
        os::keep_error(|| self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the lock go, and takes it again when woken, or for no reason, or when `patience` is over, if there is one.
    pub fn wait<'a>(
        &'a self,
        woken: &Condvar,
        guard: MutexGuard<'a, T>,
        patience: Option<Duration>,
    ) -> MutexGuard<'a, T> {
        if cfg!(tsan) {
            // As in `lock`.
            drop(guard);
            std::thread::sleep(Duration::from_micros(100));
            return self.lock();
        }
        match patience {
            None => woken.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let outcome = woken.wait_timeout(guard, patience);
                outcome.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Takes the lock if it is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Has `prepare` called before each fork of the process by `fork(3)`, on the thread that forks, and `parent` and `child` after
/// it on either side. Those given last are prepared first. `false`: the system has no memory for it.
pub fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    os::at_fork(prepare, parent, child)
}

/// Takes part in forks from now on. The pool does so by itself; its users call this before their own [`at_fork`], so that
/// their locks are taken first.
pub fn register() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    // Relaxed: a thread that goes on before another has done it is unprotected for that moment. Nobody waits for it, since
    // the child of a fork in that moment would wait for a thread that it does not have.
    if !REGISTERED.load(Ordering::Relaxed) && !REGISTERED.swap(true, Ordering::Relaxed) {
        // Without memory for three addresses nothing else will go well; a fork then is as safe as it is without us.
        let _ = at_fork(prepare, release, release_in_child);
    }
}

/// Before `main`, and so before others that may allocate in handlers of theirs: those who register first are prepared last.
extern "C" fn register_before_main() {
    register();
}

#[used]
// SAFETY: the section holds addresses of functions without arguments, as this one is.
#[cfg_attr(
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    unsafe(link_section = ".init_array.00100")
)]
// SAFETY: as above.
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static BEFORE_MAIN: extern "C" fn() = register_before_main;

/// A place for the locks that the thread which forks holds meanwhile. Not a thread-local, for there are forks from the
/// destructors of thread-locals.
pub struct Forking<T>(UnsafeCell<Option<T>>);

// SAFETY: used by the thread that holds the locks only, as `put` and `take` demand.
unsafe impl<T> Sync for Forking<T> {}

impl<T> Forking<T> {
    /// Nobody forks.
    pub const fn new() -> Self {
        Forking(UnsafeCell::new(None))
    }

    /// Keeps what is held.
    ///
    /// # Safety
    /// What is held keeps every other thread from forking.
    pub unsafe fn put(&self, held: T) {
        // SAFETY: no other thread is here.
        unsafe { *self.0.get() = Some(held) };
    }

    /// Gives it back.
    ///
    /// # Safety
    /// Called by the thread that put it, on either side of the fork.
    pub unsafe fn take(&self) -> Option<T> {
        // SAFETY: no other thread is here.
        unsafe { (*self.0.get()).take() }
    }
}

impl<T> Default for Forking<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> std::fmt::Debug for Forking<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forking")
    }
}

type Held = (MutexGuard<'static, orphans::Heaps>, MutexGuard<'static, State>);

static HELD: Forking<Held> = Forking::new();

extern "C" fn prepare() {
    // In the order in which they are taken elsewhere.
    let held = (orphans::hold(), range::hold());
    // SAFETY: the locks are ours, so no other thread forks.
    unsafe { HELD.put(held) };
}

extern "C" fn release_in_child() {
    // SAFETY: put there by `prepare`, on this thread.
    if let Some((heaps, state)) = unsafe { HELD.take() } {
        Range::the().forget_walks(state, walk::begun());
        drop(heaps);
    }
}

extern "C" fn release() {
    // SAFETY: put there by `prepare`, on this thread.
    drop(unsafe { HELD.take() });
}
