//! `Object`: a handle to an object of a type that is not known.

use super::Gc;
use crate::collect::Inside;
use crate::destroy;
use crate::generation::Generation;
use crate::header::{Header, PAYLOAD};
use std::any::TypeId;
use std::fmt;
use std::mem;
use std::ptr::NonNull;

/// A handle to an object of whatever type: what the heap is asked about gives these. Counts like a [`Gc`], and keeps its
/// target alive as one.
///
/// ```
/// use freehold::{Gc, gc::Object};
/// let number = Gc::new(7u64);
/// let object = Object::from(number.clone());
/// assert_eq!((object.type_name(), object.size(), object.strong_count()), ("u64", 24, 2));
/// assert_eq!(object.id(), Gc::id(&number));
/// assert!(Gc::ptr_eq(&object.downcast::<u64>().unwrap(), &number));
/// ```
pub struct Object {
    header: NonNull<Header>,
}

// SAFETY: an object was `Send` and `Sync` when it was put in a `Gc`, and counts are atomic.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

impl Object {
    /// A handle for a count that was already taken.
    ///
    /// # Safety
    /// `header` is a live object's, and one of its count belongs to no handle yet.
    pub(crate) unsafe fn from_counted(header: NonNull<Header>) -> Self {
        Object { header }
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the handle keeps the object alive.
        unsafe { self.header.as_ref() }
    }

    fn payload(&self) -> NonNull<u8> {
        // SAFETY: a payload is behind every header.
        unsafe { self.header.cast::<u8>().add(PAYLOAD) }
    }

    fn inside(&self) -> Inside {
        // SAFETY: the handle keeps the object alive.
        unsafe { Inside::of(self.header) }
    }

    /// The type's full path.
    pub fn type_name(&self) -> &'static str {
        self.inside().type_name
    }

    /// Bytes of header and payload; not of what the payload owns elsewhere.
    pub fn size(&self) -> usize {
        self.inside().size
    }

    /// As [`Gc::id`].
    pub fn id(&self) -> usize {
        self.payload().as_ptr().addr()
    }

    /// The number of strong handles, this one included.
    pub fn strong_count(&self) -> usize {
        self.header().count()
    }

    /// The generation; `None` for an object that is [frozen](crate::gc::freeze).
    pub fn generation(&self) -> Option<Generation> {
        self.header().age().generation()
    }

    /// The handle as one to a `T`, if that is what the object is.
    ///
    /// # Errors
    /// The handle, if the object is something else.
    pub fn downcast<T: Send + Sync + 'static>(self) -> Result<Gc<T>, Object> {
        // SAFETY: the handle keeps the object alive.
        if unsafe { self.header().info() }.type_id() != TypeId::of::<T>() {
            return Err(self);
        }
        let payload = self.payload().cast();
        mem::forget(self);
        // SAFETY: the payload is a `T`; the count is that of `self`, which is forgotten.
        Ok(unsafe { Gc::from_counted(payload) })
    }
}

impl<T: ?Sized + Send + Sync> From<Gc<T>> for Object {
    fn from(handle: Gc<T>) -> Self {
        let header = Gc::header(&handle);
        mem::forget(handle);
        // SAFETY: the count is that of the handle, which is forgotten.
        unsafe { Object::from_counted(header) }
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        self.header().increment();
        Object { header: self.header }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if self.header().decrement() {
            // SAFETY: that was the last handle, and no collector is inside.
            unsafe { destroy::destroy(self.header) };
        }
    }
}

impl PartialEq for Object {
    /// Whether both handles are to the same object.
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", self.type_name(), self.id())
    }
}
