//! `AtomicGc`: a place for a handle that threads change and read without a lock.
//!
//! **Problem.** A load must take a count of an object that another thread may be letting go: between the load of the pointer and
//! the increment, the object can be destroyed and its slot used again.
//!
//! **Mechanism.** Slots are type-stable, and those that an `AtomicGc` ever pointed at stay slots of their class
//! ([`freehold_pool::pin`]); so there is a header word to increment, if its count is not 0. After the increment the pointer is read
//! again. If it is the same, the object is the one meant: it cannot have changed since the increment, and the place held it at
//! the second read. Otherwise the count was taken of a stranger, and is given back. There is no announcement, no epoch
//! and nothing deferred.
//!
//! **The collector** sees changes by a [`Stamp`]. Loads change the target's word, as clones do; one that finds its target
//! condemned asks the verdict, as weak handles do.
//!
//! **Source.** Detlefs, Martin, Moir and Steele, *Lock-Free Reference Counting* (PODC 2001), which needs a double-word compare-and-swap
//! to keep the count from being taken of a stranger; type-stable slots make that harmless.

use super::stamp::Stamp;
use crate::destroy;
use crate::handle::Gc;
use crate::header::{Header, PAYLOAD, Upgrade};
use crate::placement;
use crate::primitive::{AtomicPtr, Ordering, yield_now};
use crate::trace::{Depth, Trace, Tracer};
use crate::verdict;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

/// A handle, or none, that threads exchange without a lock. As `Mutex<Option<Gc<T>>>`, with these operations only.
///
/// Progress: `store`, `swap` and `take` are wait-free; `load` and the others are lock-free: one starts over only because another
/// thread has changed the pointer. All are atomic, and what was done before a handle was stored is seen by whoever loads
/// it (Release and Acquire).
///
/// A load that is overtaken may hold another object of the same size for an instant. Its
/// [`strong_count`](Gc::strong_count) shows that, [`try_unwrap`](Gc::try_unwrap) may fail for it, and should its last handle
/// go at that instant, it is destroyed by the loading thread.
///
/// ```
/// use freehold::{Gc, lockfree::AtomicGc};
///
/// let settings = AtomicGc::new(Gc::new("old".to_string()));
/// let mine = settings.load().unwrap();
/// settings.store(Gc::new("new".to_string()));
/// assert_eq!((&**mine, &**settings.load().unwrap()), ("old", "new"));
/// assert!(settings.take().is_some() && settings.load().is_none());
/// ```
pub struct AtomicGc<T: 'static> {
    /// A payload, of which the place owns a count; or null.
    pointer: AtomicPtr<T>,
    stamp: Stamp,
    owns: PhantomData<Gc<T>>,
}

/// What an exchange that did not take place gives back.
#[derive(Debug)]
pub struct CompareExchangeError<T: 'static> {
    /// What was there instead; it may have changed again.
    pub current: Option<Gc<T>>,
    /// What was to be stored.
    pub new: Option<Gc<T>>,
}

impl<T: Trace + Send + Sync + 'static> AtomicGc<T> {
    /// A place that holds `handle`, or none.
    pub fn new(handle: impl Into<Option<Gc<T>>>) -> Self {
        AtomicGc {
            pointer: AtomicPtr::new(into_raw(handle.into())),
            stamp: Stamp::new(),
            owns: PhantomData,
        }
    }

    /// A place that holds nothing.
    #[cfg(not(loom))]
    pub const fn null() -> Self {
        AtomicGc {
            pointer: AtomicPtr::new(ptr::null_mut()),
            stamp: Stamp::new(),
            owns: PhantomData,
        }
    }

    /// A handle to what the place holds. One compare-and-swap if nobody interferes.
    pub fn load(&self) -> Option<Gc<T>> {
        loop {
            // Acquire pairs with the Release of exchanges: the object is seen as it was when it was stored.
            let payload = NonNull::new(self.pointer.load(Ordering::Acquire))?;
            let header = header_of(payload);
            if self.take_count(payload, header) {
                // Acquire, though the increment before has it, to stay behind it in program order for a reader's sake.
                if self.pointer.load(Ordering::Acquire) == payload.as_ptr() {
                    // SAFETY: our count is of the object that the place held just now.
                    return Some(unsafe { Gc::from_counted(payload) });
                }
                // SAFETY: our count, of whatever is there.
                unsafe { give_back(header) };
            }
        }
    }

    /// As [`load`](Self::load), for a tracer that takes a count of what it is shown; nothing is destroyed here.
    fn show_taken(&self, tracer: &mut Tracer) {
        while let Some(payload) = NonNull::new(self.pointer.load(Ordering::Acquire)) {
            let header = header_of(payload);
            if self.take_count(payload, header) {
                if self.points_at(payload) {
                    return tracer.counted(header);
                }
                tracer.stray(header);
            }
        }
    }

    /// Takes a count of the object in a slot that the place pointed at just now. `false`: ask again.
    fn take_count(&self, payload: NonNull<T>, header: NonNull<Header>) -> bool {
        // SAFETY: a slot that a place pointed at has a header for ever.
        match unsafe { header.as_ref() }.upgrade() {
            Upgrade::Done => true,
            // The slot is vacant, so the place has changed.
            Upgrade::Dead => {
                yield_now();
                false
            }
            // While the place points there, the object is not one that was found to be garbage already: whoever has a
            // reference to the place keeps what holds it alive.
            Upgrade::Condemned => verdict::rescue_while(header, || self.points_at(payload)),
        }
    }

    fn points_at(&self, payload: NonNull<T>) -> bool {
        self.pointer.load(Ordering::Acquire) == payload.as_ptr()
    }

    /// Stores a handle, or none; what was there before is dropped.
    pub fn store(&self, new: impl Into<Option<Gc<T>>>) {
        drop(self.swap(new));
    }

    /// Stores a handle, or none, and returns what was there.
    pub fn swap(&self, new: impl Into<Option<Gc<T>>>) -> Option<Gc<T>> {
        let new = into_raw(new.into());
        // AcqRel: Release pairs with the Acquire of loads and exchanges, which see what was done before.
        let old = self.stamp.during(|| self.pointer.swap(new, Ordering::AcqRel));
        // SAFETY: the place's count is ours now.
        unsafe { from_raw(old) }
    }

    /// Takes the handle out.
    pub fn take(&self) -> Option<Gc<T>> {
        self.swap(None)
    }

    /// Stores `new` if the place holds the object `current`, and returns the place's handle. Objects are compared by identity; since
    /// `current` is a handle, its object cannot have been another meanwhile.
    ///
    /// # Errors
    /// If the place held something else: that, and `new`.
    pub fn compare_exchange(
        &self,
        current: Option<&Gc<T>>,
        new: impl Into<Option<Gc<T>>>,
    ) -> Result<Option<Gc<T>>, CompareExchangeError<T>> {
        let current = current.map_or(ptr::null_mut(), |handle| Gc::as_ptr(handle).cast_mut());
        let new = into_raw(new.into());
        let exchange = || {
            // AcqRel as in `swap`. Relaxed on failure: the value is not used.
            self.pointer
                .compare_exchange(current, new, Ordering::AcqRel, Ordering::Relaxed)
        };
        // A look first: an exchange that fails counts as a change for the collector.
        if self.pointer.load(Ordering::Relaxed) == current && self.stamp.during(exchange).is_ok() {
            // SAFETY: the place's count is ours now.
            return Ok(unsafe { from_raw(current) });
        }
        Err(CompareExchangeError {
            current: self.load(),
            // SAFETY: not stored, so the count is ours still.
            new: unsafe { from_raw(new) },
        })
    }

    /// Replaces what the place holds by what `change` makes of it, again if another thread was faster, and returns what was there.
    ///
    /// # Errors
    /// If `change` returns `None`: what was there, which stays.
    pub fn fetch_update(
        &self,
        mut change: impl FnMut(Option<&Gc<T>>) -> Option<Option<Gc<T>>>,
    ) -> Result<Option<Gc<T>>, Option<Gc<T>>> {
        let mut current = self.load();
        loop {
            let Some(new) = change(current.as_ref()) else {
                return Err(current);
            };
            match self.compare_exchange(current.as_ref(), new) {
                Ok(old) => return Ok(old),
                Err(error) => current = error.current,
            }
        }
    }

    /// Whether the place holds nothing at the moment.
    pub fn is_null(&self) -> bool {
        self.pointer.load(Ordering::Relaxed).is_null()
    }

    /// What the place holds.
    pub fn into_inner(self) -> Option<Gc<T>> {
        let mut this = self;
        this.take_owned()
    }
}

impl<T: 'static> AtomicGc<T> {
    fn take_owned(&mut self) -> Option<Gc<T>> {
        // Relaxed: nobody else has the place, and who had it has synchronised with us.
        let old = self.pointer.load(Ordering::Relaxed);
        self.pointer.store(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: the place's count is ours now.
        unsafe { from_raw(old) }
    }
}

/// The handle's count, in a pointer. From here on the object's slot keeps its class.
fn into_raw<T: Trace + Send + Sync + 'static>(handle: Option<Gc<T>>) -> *mut T {
    let Some(handle) = handle else { return ptr::null_mut() };
    placement::pin::<T>();
    let payload = Gc::as_ptr(&handle).cast_mut();
    mem::forget(handle);
    payload
}

/// # Safety
/// Null, or a count that the caller gives up.
unsafe fn from_raw<T: 'static>(payload: *mut T) -> Option<Gc<T>> {
    // SAFETY: as the caller promised.
    NonNull::new(payload).map(|payload| unsafe { Gc::from_counted(payload) })
}

fn header_of<T>(payload: NonNull<T>) -> NonNull<Header> {
    // SAFETY: a header stands before every payload.
    unsafe { payload.cast::<u8>().sub(PAYLOAD).cast() }
}

/// Gives back a count that was taken of a stranger.
///
/// # Safety
/// The count is the caller's.
unsafe fn give_back(header: NonNull<Header>) {
    // SAFETY: alive by the caller's count; destroyed by whoever gives the last one up.
    unsafe {
        if header.as_ref().decrement() {
            destroy::destroy(header);
        }
    }
}

// SAFETY: the one handle is shown once, with the version that every change bumps; a place that is being changed is not looked
// into.
unsafe impl<T: Trace + Send + Sync> Trace for AtomicGc<T> {
    fn trace(&self, tracer: &mut Tracer) {
        if tracer.is_taking() {
            return self.show_taken(tracer);
        }
        // Acquire as in `load`. Only the address is used: the object may be gone.
        let Some((payload, version)) = self.stamp.look(|| self.pointer.load(Ordering::Acquire)) else {
            return tracer.give_up();
        };
        tracer.stamp(version);
        if let Some(payload) = NonNull::new(payload) {
            tracer.edge(header_of(payload));
        }
    }

    fn may_hold_gc<D: Depth>() -> bool {
        true
    }
}

impl<T: 'static> Drop for AtomicGc<T> {
    fn drop(&mut self) {
        drop(self.take_owned());
    }
}

impl<T: Trace + Send + Sync> Default for AtomicGc<T> {
    fn default() -> Self {
        Self::new(None)
    }
}

impl<T: Trace + Send + Sync> From<Gc<T>> for AtomicGc<T> {
    fn from(handle: Gc<T>) -> Self {
        Self::new(handle)
    }
}

impl<T: Trace + Send + Sync + fmt::Debug> fmt::Debug for AtomicGc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtomicGc").field(&self.load()).finish()
    }
}
