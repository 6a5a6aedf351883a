//! `LazyLock`: a [`OnceLock`] with the function that fills it.

use super::OnceLock;
use crate::trace::{Depth, Trace, Tracer};
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A value that is made when it is first used. The collector can see what is in it.
///
/// As `std`'s. The function runs once: if it panics it is gone, and every later use panics. What the function itself
/// holds is not shown to the collector, so handles in it count as held from outside until it has run.
///
/// ```
/// use freehold::sync::LazyLock;
/// static SQUARES: LazyLock<Vec<u32>> = LazyLock::new(|| (0..10).map(|n| n * n).collect());
/// assert_eq!(SQUARES[3], 9);
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    once: OnceLock<T>,
    init: Cell<Option<F>>,
}

// SAFETY: `init` is used by the one thread that sets `once`, alone.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}

impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe + RefUnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value that `init` will make.
    #[inline]
    pub const fn new(init: F) -> Self {
        LazyLock {
            once: OnceLock::new(),
            init: Cell::new(Some(init)),
        }
    }

    /// The value, made now if it was not used before. Of several threads one makes it, and the others wait.
    ///
    /// # Panics
    /// If the function panics, or has panicked before. A function that uses the same value never returns.
    #[inline]
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.once.get_or_init(|| match this.init.take() {
            Some(init) => init(),
            None => panic!("the function of a LazyLock panicked when it was first used, so there is no value"),
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;
    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

// SAFETY: as that of `OnceLock`; the function is not shown.
unsafe impl<T: Trace, F> Trace for LazyLock<T, F> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        self.once.trace(tracer);
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        LazyLock::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("LazyLock");
        match self.once.get() {
            Some(value) => tuple.field(value).finish(),
            None => tuple.field(&format_args!("<uninit>")).finish(),
        }
    }
}
