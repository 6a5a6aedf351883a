//! `OnceLock`: a cell that is set once, and a lock for those who would set it.
//!
//! It has no version, and the collector takes no lock: it looks at what is set, and at nothing before. *Why that is right*: an
//! edge in here comes, and stays until the object goes (a mutable borrow, which could take it, comes by way of a cell
//! around this one, whose version tells). So every edge that the first look recorded exists at every moment up to the
//! second, which is all that the argument in docs/collector.md needs of a cell. An edge that came after its object was
//! looked at is not recorded, but it is a handle: it is in its target's count. Suppose the target x is condemned with the
//! recorded word: then its count at the moment t is the number of recorded edges to it, all of which exist at t, and the
//! edge that is not recorded would be one more. So at t it does not exist, and after t nobody has a handle to move into it.
//! One that is found half set is not there yet, for the same reason. What the value holds in cells of its own has their
//! versions; their place in the object does not change.

use super::mode::{Kind, Mode};
use super::watch::{Attempt, Watch};
use crate::primitive::{ConstU32, MutexOfNothing, Ordering, raw, unlocked};
use crate::trace::{Depth, Trace, Tracer};
use lock_api::RawMutex as _;
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A cell that is set once, and read without a lock. The collector can see what is in it.
///
/// As `std`'s. There is no poisoning: if the initialiser of [`get_or_init`](Self::get_or_init) panics, the next one runs.
///
/// ```
/// use freehold::{Gc, Trace, sync::OnceLock};
///
/// #[derive(Trace)]
/// struct Node {
///     parent: OnceLock<Gc<Node>>,
/// }
/// let root = Gc::new(Node { parent: OnceLock::new() });
/// let leaf = Gc::new(Node { parent: OnceLock::new() });
/// assert!(leaf.parent.set(root.clone()).is_ok());
/// assert!(leaf.parent.set(leaf.clone()).is_err(), "it is set");
/// assert!(Gc::ptr_eq(leaf.parent.get().unwrap(), &root));
/// ```
pub struct OnceLock<T> {
    state: ConstU32,
    /// For who would set it.
    pub(crate) lock: MutexOfNothing,
    watch: Watch,
    value: UnsafeCell<Option<T>>,
}

/// Nothing is there yet; the holder of the lock may be about to change that.
const EMPTY: u32 = 0;
/// The value is there for good.
const SET: u32 = 1;

#[cfg(all(not(loom), not(feature = "deadlock-detection")))]
const _: () = assert!(size_of::<OnceLock<Box<u8>>>() <= 16, "a cell costs 8 bytes");

// SAFETY: the value moves with the cell.
unsafe impl<T: Send> Send for OnceLock<T> {}
// SAFETY: threads share the value once it is set; any thread may set it, and the last to hold the cell drops it.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}

impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}
impl<T: UnwindSafe + RefUnwindSafe> RefUnwindSafe for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty cell.
    #[inline]
    pub const fn new() -> Self {
        OnceLock {
            state: ConstU32::new(EMPTY),
            lock: unlocked(),
            watch: Watch::new(Kind::OnceLock),
            value: UnsafeCell::new(None),
        }
    }

    /// What is there, if it is set.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // Acquire pairs with the Release of `fill`: the value is seen.
        let is_set = self.state.load(Ordering::Acquire) == SET;
        // SAFETY: set, so there is a value, and it stays.
        is_set.then(|| unsafe { (*self.value.get()).as_ref().unwrap_unchecked() })
    }

    /// What is there, if it is set; the borrow proves that nobody else has the cell.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// Sets the cell, unless it is set: then the value comes back. Waits for an initialiser that is running.
    ///
    /// # Errors
    /// The value, if the cell was set.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.get().is_some() {
            return Err(value);
        }
        let filling = self.begin(self.watch.attempt(Mode::Exclusive));
        match self.get() {
            Some(_) => Err(value),
            None => {
                filling.fill(value);
                Ok(())
            }
        }
    }

    /// What is there; if nothing is, what `init` returns, from then on. Of several threads one runs its initialiser, and the
    /// others wait for it.
    ///
    /// An `init` that uses the same cell never returns.
    ///
    /// ```
    /// use freehold::sync::OnceLock;
    /// let name = OnceLock::new();
    /// assert_eq!(name.get_or_init(|| "first"), &"first");
    /// assert_eq!(name.get_or_init(|| "second"), &"first");
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.init(init, self.watch.attempt(Mode::Exclusive)),
        }
    }

    #[cold]
    fn init(&self, init: impl FnOnce() -> T, attempt: Attempt) -> &T {
        let filling = self.begin(attempt);
        match self.get() {
            Some(value) => value,
            None => filling.fill(init()),
        }
    }

    /// What was there, if it was set; the cell is empty again.
    pub fn take(&mut self) -> Option<T> {
        // Relaxed: the borrow proves that nobody else has the cell.
        self.state.store(EMPTY, Ordering::Relaxed);
        self.value.get_mut().take()
    }

    /// What was there, if it was set.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    fn begin(&self, attempt: Attempt) -> Filling<'_, T> {
        let lock = raw(&self.lock);
        if !lock.try_lock() {
            self.watch.wait(attempt, || lock.lock());
        }
        self.watch.took(attempt);
        Filling { cell: self }
    }
}

/// The right to set the cell, which is empty or was found not to be.
struct Filling<'a, T> {
    cell: &'a OnceLock<T>,
}

impl<'a, T> Filling<'a, T> {
    /// Sets the cell, which is empty.
    fn fill(self, value: T) -> &'a T {
        let cell = self.cell;
        debug_assert!(cell.get().is_none());
        // SAFETY: empty, so nobody reads; and nobody else writes without the lock, which is ours.
        let value = unsafe { (*cell.value.get()).insert(value) };
        // Release pairs with the Acquire of `get`.
        cell.state.store(SET, Ordering::Release);
        value
    }
}

impl<T> Drop for Filling<'_, T> {
    fn drop(&mut self) {
        self.cell.watch.released(Mode::Exclusive);
        // SAFETY: `begin` took the lock.
        unsafe { raw(&self.cell.lock).unlock() };
    }
}

// SAFETY: the value is shown once. It does not change but by way of a mutable borrow; until it is there nothing is shown, and that
// it came to be there since can only make its target look held.
unsafe impl<T: Trace> Trace for OnceLock<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(value) = self.get() {
            value.trace(tracer);
        }
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        T::may_hold_gc::<D>()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        OnceLock::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        OnceLock {
            state: ConstU32::new(SET),
            lock: unlocked(),
            watch: Watch::new(Kind::OnceLock),
            value: UnsafeCell::new(Some(value)),
        }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(OnceLock::new, OnceLock::from)
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => tuple.field(value).finish(),
            None => tuple.field(&format_args!("<unset>")).finish(),
        }
    }
}
