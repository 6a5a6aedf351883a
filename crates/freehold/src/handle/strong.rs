//! `Gc<T>`: a counted pointer. One word (two for unsized targets), pointing at the payload; the header stands before it.

use super::Weak;
use crate::control::Control;
use crate::destroy;
use crate::header::{Header, PAYLOAD};
use crate::pauses::timed;
use crate::placement;
use crate::primitive::yield_now;
use crate::trace::{Depth, Trace, Tracer};
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::ptr::{self, NonNull};

/// A thread-safe reference-counted pointer whose cycles are collected.
///
/// Like [`Arc`](std::sync::Arc), with the same costs: a dereference is one load, a clone and a drop one atomic operation
/// each. An object is destroyed at the instant its count reaches 0; one that is only held by a cycle which nothing else
/// holds, by the next [collection](crate::gc::collect).
///
/// ```
/// use freehold::Gc;
/// let a = Gc::new(5);
/// let b = a.clone();
/// assert_eq!(Gc::strong_count(&a), 2);
/// drop(a);
/// assert_eq!(*b + 1, 6);
/// ```
pub struct Gc<T: ?Sized + 'static> {
    payload: NonNull<T>,
    owns: PhantomData<T>,
}

#[cfg(not(loom))]
const _: () = assert!(
    size_of::<Option<Gc<u8>>>() == size_of::<usize>(),
    "a handle is one word, and has a niche"
);

// SAFETY: as for `Arc`: sharing a handle shares the target (`Sync`), and the last handle may drop it on any thread (`Send`).
unsafe impl<T: ?Sized + Sync + Send> Send for Gc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync + Send> Sync for Gc<T> {}

impl<T: Trace + Send + Sync + 'static> Gc<T> {
    /// Moves `value` to the shared heap. O(1). Aborts by way of
    /// [`handle_alloc_error`](std::alloc::handle_alloc_error) if there is no memory.
    #[inline]
    pub fn new(value: T) -> Self {
        Gc {
            payload: placement::place(value),
            owns: PhantomData,
        }
    }
}

impl<T> Gc<T> {
    /// The value, if `this` is the only strong handle; otherwise the handle again. Weak handles are dead afterwards. A
    /// collection is no reason to fail; while it looks at this object, or suspects it, the call waits. No code but the
    /// collector's runs meanwhile.
    ///
    /// # Errors
    /// The handle, if there are others.
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        let header = Self::header(&this);
        // SAFETY: `this` keeps the object alive.
        let object = unsafe { header.as_ref() };
        if !object.try_take().unwrap_or_else(|| take_after_collector(object)) {
            return Err(this);
        }
        let this = ManuallyDrop::new(this);
        // SAFETY: the count is 0 by our doing and no state bit was set, so the object is ours: no handle, no collector.
        unsafe {
            destroy::end_weak(header);
            let value = this.payload.read();
            placement::free(header);
            Ok(value)
        }
    }

    /// The value, if `this` is the last strong handle. Unlike [`try_unwrap`](Self::try_unwrap) it gives the handle up in
    /// any case; of several threads that call it on the last handles of one object, exactly one gets the value.
    pub fn into_inner(this: Self) -> Option<T> {
        let mut this = this;
        loop {
            this = match Self::try_unwrap(this) {
                Ok(value) => return Some(value),
                Err(this) => this,
            };
            // Not the last one when we looked. If it still is not, going away is all there is to do.
            // SAFETY: `this` keeps the object alive.
            if unsafe { Self::header(&this).as_ref() }.decrement_unless_last() {
                mem::forget(this);
                return None;
            }
        }
    }
}

impl<T: ?Sized> Gc<T> {
    /// A weak handle to the same object.
    pub fn downgrade(this: &Self) -> Weak<T> {
        // SAFETY: `this` keeps the object alive.
        Weak::from_parts(this.payload, unsafe { Control::of(Self::header(this)) })
    }

    /// Whether both handles are to the same object.
    #[inline]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        ptr::addr_eq(this.payload.as_ptr(), other.payload.as_ptr())
    }

    /// The address of the payload, valid as long as a handle exists.
    #[inline]
    pub fn as_ptr(this: &Self) -> *const T {
        this.payload.as_ptr()
    }

    /// A number that no other live object has; stable, since objects do not move. For maps keyed by identity.
    #[inline]
    pub fn id(this: &Self) -> usize {
        this.payload.as_ptr().cast::<u8>().addr()
    }

    /// The number of strong handles. True at the moment of the look, also while a collection runs.
    pub fn strong_count(this: &Self) -> usize {
        // SAFETY: `this` keeps the object alive.
        unsafe { Self::header(this).as_ref() }.count()
    }

    /// The number of weak handles.
    pub fn weak_count(this: &Self) -> usize {
        // SAFETY: `this` keeps the object, and the object its control block, alive.
        unsafe {
            Self::header(this)
                .as_ref()
                .control()
                .map_or(0, |control| control.as_ref().weak_count())
        }
    }

    /// The header of the target.
    #[inline]
    pub(crate) fn header(this: &Self) -> NonNull<Header> {
        // SAFETY: a header stands before every payload.
        unsafe { this.payload.cast::<u8>().sub(PAYLOAD).cast() }
    }

    /// A handle for a count that was already taken.
    ///
    /// # Safety
    /// `payload` is a live object's, and one of its count belongs to no handle yet.
    pub(crate) unsafe fn from_counted(payload: NonNull<T>) -> Self {
        Gc {
            payload,
            owns: PhantomData,
        }
    }
}

impl<T: ?Sized> Deref for Gc<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the handle keeps the object alive; a payload is only read while shared.
        unsafe { self.payload.as_ref() }
    }
}

impl<T: ?Sized> Clone for Gc<T> {
    /// One more handle to the same object. One atomic operation.
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: `self` keeps the object alive.
        unsafe { Self::header(self).as_ref() }.increment();
        Gc {
            payload: self.payload,
            owns: PhantomData,
        }
    }
}

impl<T: ?Sized> Drop for Gc<T> {
    #[inline]
    fn drop(&mut self) {
        let header = Self::header(self);
        // SAFETY: this handle keeps the object alive until here; header words can be read at any time.
        if unsafe { header.as_ref() }.decrement() {
            // SAFETY: that was the last handle, and no collector is inside.
            unsafe { last_drop::<T>(header) };
        }
    }
}

/// As [`Header::try_take`], when the collector is looking.
#[cold]
fn take_after_collector(object: &Header) -> bool {
    let wait = || loop {
        match object.try_take() {
            Some(taken) => return taken,
            None => yield_now(),
        }
    };
    timed(wait, |_| true)
}

/// # Safety
/// As for [`destroy::destroy`], with a payload of type `T`.
#[inline]
unsafe fn last_drop<T: ?Sized>(header: NonNull<Header>) {
    // A handle to an unsized view does not know all of the object, nor whether that needs a drop.
    let is_sized = const { size_of::<*const T>() == size_of::<*const ()>() };
    // SAFETY: the object is ours.
    if is_sized && !mem::needs_drop::<T>() && unsafe { header.as_ref() }.is_plain() {
        // SAFETY: nothing to finalise or to drop, nobody to tell.
        unsafe { placement::free(header) };
    } else {
        // SAFETY: as the caller promised.
        unsafe { destroy::destroy(header) };
    }
}

// SAFETY: a handle shows itself, once.
unsafe impl<T: ?Sized> Trace for Gc<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        tracer.edge(Self::header(self));
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        true
    }
}
