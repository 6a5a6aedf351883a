//! `ReentrantMutex`: a [raw lock](super::RawMutex) with the number of the thread that has it, and how often.
//!
//! | field | written by | read by |
//! | --- | --- | --- |
//! | `owner` | the owner, when it takes the lock and before it lets it go | everyone: a thread finds its own number only if it wrote it |
//! | `depth` | the owner | the owner |
//!
//! The collector enters by way of the raw lock, so a mutex that any thread has, its own included, is not looked into: the
//! owner may be in the middle of changing what a shared reference lets it change. For the same reason the outermost `lock`
//! bumps the version. It costs what parking_lot's does, and one plain load and store. There is no poisoning.

use super::RawMutex;
use super::cell::show;
use super::mode::Kind;
use crate::primitive::{ConstUsize, Ordering, thread_number};
use crate::trace::{Depth, Trace, Tracer};
use lock_api::RawMutex as _;
use std::cell::{Cell, UnsafeCell};
use std::fmt;

mod guard;

pub use guard::{MappedReentrantMutexGuard, ReentrantMutexGuard};

/// A mutual exclusion lock that its owner may take again. Its guards give shared access only; what is to change goes into a
/// cell inside.
///
/// There is no poisoning: a panic while the lock is held unlocks it. The collector does not look into a mutex that is held,
/// so what is in it counts as held from outside meanwhile.
///
/// ```
/// use freehold::sync::ReentrantMutex;
/// use std::cell::Cell;
///
/// let count = ReentrantMutex::new(Cell::new(1));
/// let outer = count.lock();
/// let inner = count.lock(); // the same thread: no deadlock
/// inner.set(inner.get() + outer.get());
/// drop((inner, outer));
/// assert_eq!(count.into_inner().get(), 2);
/// ```
pub struct ReentrantMutex<T: ?Sized> {
    raw: RawReentrantMutex,
    data: UnsafeCell<T>,
}

// SAFETY: the content moves with the lock.
unsafe impl<T: ?Sized + Send> Send for ReentrantMutex<T> {}
// SAFETY: the lock gives one thread at a time access to the content, and the collector under the lock.
unsafe impl<T: ?Sized + Send> Sync for ReentrantMutex<T> {}

/// The lock without its content.
struct RawReentrantMutex {
    mutex: RawMutex,
    /// The owner's number, 0 if there is none.
    owner: ConstUsize,
    /// How many guards the owner has.
    depth: Cell<usize>,
}

impl RawReentrantMutex {
    fn is_ours(&self) -> bool {
        // Relaxed: no other thread ever writes this thread's number, and this one sees what it wrote.
        self.owner.load(Ordering::Relaxed) == thread_number()
    }

    /// Takes the lock once more, if it is this thread's.
    #[inline]
    fn try_again(&self) -> bool {
        let is_ours = self.is_ours();
        if is_ours {
            self.deepen();
        }
        is_ours
    }

    /// Makes the mutex this thread's, if it was taken; passes that on.
    #[inline]
    fn own_if(&self, taken: bool) -> bool {
        if taken {
            // Relaxed: as above.
            self.owner.store(thread_number(), Ordering::Relaxed);
            self.deepen();
        }
        taken
    }

    /// Counts a hold.
    fn deepen(&self) {
        // Guards can be forgotten; but not so many that their number wraps within the life of a machine.
        self.depth.set(self.depth.get().wrapping_add(1));
    }

    /// Gives one guard's hold back.
    ///
    /// # Safety
    /// This thread has a guard.
    #[inline]
    unsafe fn unlock(&self) {
        let depth = self.depth.get() - 1;
        self.depth.set(depth);
        if depth == 0 {
            self.owner.store(0, Ordering::Relaxed);
            // SAFETY: ours until now.
            unsafe { self.mutex.unlock() };
        }
    }
}

impl<T> ReentrantMutex<T> {
    /// A mutex that holds `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        ReentrantMutex {
            raw: RawReentrantMutex {
                mutex: RawMutex::of_kind(Kind::ReentrantMutex),
                owner: ConstUsize::new(0),
                depth: Cell::new(0),
            },
            data: UnsafeCell::new(value),
        }
    }

    /// The content.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> ReentrantMutex<T> {
    /// Takes the lock, once more if this thread has it; waits until no other thread does.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> ReentrantMutexGuard<'_, T> {
        if !self.raw.try_again() {
            self.raw.mutex.lock();
            self.raw.own_if(true);
        }
        // SAFETY: taken.
        unsafe { self.guard() }
    }

    /// Takes the lock if no other thread has it. The collector may have it for an instant, which counts.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<ReentrantMutexGuard<'_, T>> {
        let taken = self.raw.try_again() || self.raw.own_if(self.raw.mutex.try_lock());
        // SAFETY: taken.
        taken.then(|| unsafe { self.guard() })
    }

    /// The content, without locking: the borrow proves that nobody else has the mutex.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// Whether a thread has the lock, or the collector, for an instant.
    pub fn is_locked(&self) -> bool {
        self.raw.mutex.is_locked()
    }

    /// Whether this thread has the lock.
    pub fn is_owned_by_current_thread(&self) -> bool {
        self.raw.is_ours()
    }

    /// A guard for a hold that was taken.
    ///
    /// # Safety
    /// It was, by this thread, and has no guard yet.
    unsafe fn guard(&self) -> ReentrantMutexGuard<'_, T> {
        // SAFETY: as the caller promised; nobody has mutable access to the content while the mutex is borrowed.
        unsafe { ReentrantMutexGuard::new(&self.raw, &*self.data.get()) }
    }

    /// The lock that the collector enters.
    pub(crate) fn cell(&self) -> &RawMutex {
        &self.raw.mutex
    }
}

#[cfg(not(loom))]
mod timed {
    use super::{ReentrantMutex, ReentrantMutexGuard};
    use lock_api::RawMutexTimed;
    use std::time::{Duration, Instant};

    impl<T: ?Sized> ReentrantMutex<T> {
        /// Takes the lock, if no other thread has it, or all let it go in time.
        #[track_caller]
        pub fn try_lock_for(&self, timeout: Duration) -> Option<ReentrantMutexGuard<'_, T>> {
            let taken = self.raw.try_again() || self.raw.own_if(self.raw.mutex.try_lock_for(timeout));
            // SAFETY: taken.
            taken.then(|| unsafe { self.guard() })
        }

        /// Takes the lock, if no other thread has it, or all let it go in time.
        #[track_caller]
        pub fn try_lock_until(&self, deadline: Instant) -> Option<ReentrantMutexGuard<'_, T>> {
            let taken = self.raw.try_again() || self.raw.own_if(self.raw.mutex.try_lock_until(deadline));
            // SAFETY: taken.
            taken.then(|| unsafe { self.guard() })
        }
    }
}

// SAFETY: the content is shown once, under the lock, with the version that acquiring it bumps; a held mutex is not looked into.
unsafe impl<T: Trace> Trace for ReentrantMutex<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: borrowed with the mutex, whose lock guards it.
        unsafe { show(self.cell(), self.data.get(), tracer) };
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}

impl<T: Default> Default for ReentrantMutex<T> {
    fn default() -> Self {
        ReentrantMutex::new(T::default())
    }
}

impl<T> From<T> for ReentrantMutex<T> {
    fn from(value: T) -> Self {
        ReentrantMutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(guard) => f.debug_struct("ReentrantMutex").field("data", &&*guard).finish(),
            None => f
                .debug_struct("ReentrantMutex")
                .field("data", &format_args!("<locked>"))
                .finish(),
        }
    }
}
