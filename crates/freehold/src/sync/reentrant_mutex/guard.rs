//! The guard of a `ReentrantMutex`: one hold, to be given back by the thread that took it, and what it gives access to.

use super::RawReentrantMutex;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A [`ReentrantMutex`](super::ReentrantMutex), held. Gives shared access to the content, and one hold back when dropped.
///
/// ```
/// use freehold::sync::{ReentrantMutex, ReentrantMutexGuard};
/// let number = ReentrantMutex::new(1);
/// let guard: ReentrantMutexGuard<'_, i32> = number.lock();
/// assert_eq!(*guard + *number.lock(), 2);
/// ```
#[must_use = "the lock is released at once if its guard is not kept"]
pub struct ReentrantMutexGuard<'a, T: ?Sized> {
    /// Nobody has mutable access while the mutex is borrowed.
    content: &'a T,
    hold: Hold<'a>,
}

/// A [`ReentrantMutex`](super::ReentrantMutex), held, with access to a part of the content: the same type, since access is shared.
///
/// ```
/// use freehold::sync::{MappedReentrantMutexGuard, ReentrantMutex, ReentrantMutexGuard};
/// let pair = ReentrantMutex::new((1, "one"));
/// let name: MappedReentrantMutexGuard<'_, &str> = ReentrantMutexGuard::map(pair.lock(), |pair| &pair.1);
/// assert_eq!(*name, "one");
/// ```
pub type MappedReentrantMutexGuard<'a, T> = ReentrantMutexGuard<'a, T>;

/// One hold of a lock; given back when dropped.
struct Hold<'a> {
    raw: &'a RawReentrantMutex,
    /// The thread that took the hold gives it back.
    not_send: PhantomData<*mut ()>,
}

// SAFETY: there is nothing to do with a shared hold.
unsafe impl Sync for Hold<'_> {}

impl Drop for Hold<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the hold is this thread's, since it is not `Send`.
        unsafe { self.raw.unlock() };
    }
}

impl<'a, T: ?Sized> ReentrantMutexGuard<'a, T> {
    /// A guard for a hold that this thread took and that has no guard yet.
    ///
    /// # Safety
    /// It did, and it has none.
    #[inline]
    pub(super) unsafe fn new(raw: &'a RawReentrantMutex, content: &'a T) -> Self {
        let hold = Hold {
            raw,
            not_send: PhantomData,
        };
        ReentrantMutexGuard { content, hold }
    }

    /// The same hold, with access to what `part` finds in the content.
    #[inline]
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> MappedReentrantMutexGuard<'a, U> {
        ReentrantMutexGuard {
            content: part(this.content),
            hold: this.hold,
        }
    }

    /// The same hold, with access to what `part` finds in the content, if it finds anything.
    ///
    /// # Errors
    /// The guard as it was, if it finds nothing.
    #[inline]
    pub fn try_map<U: ?Sized>(
        this: Self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedReentrantMutexGuard<'a, U>, Self> {
        match part(this.content) {
            Some(content) => Ok(ReentrantMutexGuard {
                content,
                hold: this.hold,
            }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> Deref for ReentrantMutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        self.content
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for ReentrantMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}
