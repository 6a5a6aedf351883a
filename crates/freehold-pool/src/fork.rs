//! fork(2): the child has one thread, and every lock that another thread held is held for ever.
//!
//! Before a fork the forking thread takes all locks of the pool, and releases them on both sides; so none is held by a thread
//! that the child does not have. The locks are std's, of which a forked child can release its copy: on Linux a lock is one word
//! and a queue in the kernel. The child keeps the heaps of the threads that it does not have as they were: what is alive in
//! them stays, and can be freed; slots that are free in them are lost to the child.

use crate::os;
use crate::source;
use crate::thread;
use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};

/// A lock that can be held across a fork. A panic while it is held is no news to it.
#[derive(Debug, Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    /// Waits for the lock, and takes it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    static ONCE: Once = Once::new();
    // Without memory for three addresses nothing else will go well; a fork then is as safe as it is without us.
    ONCE.call_once(|| _ = at_fork(prepare, release, release));
}

type Held = (thread::Held, source::Held);

thread_local! {
    /// What this thread holds while it forks.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

extern "C" fn prepare() {
    // In the order in which they are taken elsewhere: a heap's lock before the source's.
    let held = (thread::hold(), source::hold());
    let _ = HELD.try_with(|slot| slot.replace(Some(held)));
}

extern "C" fn release() {
    let _ = HELD.try_with(|slot| slot.take());
}
