//! Handles to unsized views of an object: `Gc<dyn Trait>`, and the way back.

use super::Gc;
use std::any::Any;
use std::mem::{self, ManuallyDrop};
use std::ptr::NonNull;

/// Turns a handle into one to an unsized view of the same object: `coerce!(circle => Gc<dyn Shape>)`. O(1), no allocation.
///
/// ```
/// use freehold::{Gc, Trace, coerce};
///
/// trait Shape: Trace + Send + Sync {
///     fn area(&self) -> f64;
/// }
/// #[derive(Trace)]
/// struct Square(f64);
/// impl Shape for Square {
///     fn area(&self) -> f64 {
///         self.0 * self.0
///     }
/// }
/// let shape: Gc<dyn Shape> = coerce!(Gc::new(Square(3.0)) => Gc<dyn Shape>);
/// assert_eq!(shape.area(), 9.0);
/// ```
///
/// A view of a sized type could be of a part of the object, and does not compile:
///
/// ```compile_fail
/// use freehold::{Gc, Trace, coerce};
/// #[derive(Trace)]
/// struct Outer(u32, String);
/// impl std::ops::Deref for Outer {
///     type Target = u32;
///     fn deref(&self) -> &u32 {
///         &self.0
///     }
/// }
/// let part: Gc<u32> = coerce!(Gc::new(Outer(7, "rest".into())) => Gc<u32>);
/// ```
#[macro_export]
macro_rules! coerce {
    ($handle:expr => Gc<$view:ty>) => {
        $crate::Gc::<_>::coerce_with($handle, |object| -> &$view { object })
    };
}

impl<T> Gc<T> {
    /// What [`coerce!`](crate::coerce) expands to. `view` must return its argument, as another type.
    ///
    /// The view is of an unsized type: one of a sized type could be a part of the object only, its first field say, and
    /// the object goes by a handle's type when that is sized.
    ///
    /// # Panics
    /// If what `view` returns begins at another address.
    #[doc(hidden)]
    pub fn coerce_with<U: ?Sized>(this: Self, view: fn(&T) -> &U) -> Gc<U> {
        let mut payload: *const U = view(&this);
        assert!(
            payload.cast::<u8>() == Gc::as_ptr(&this).cast(),
            "a view of an object is the object itself"
        );
        let this = ManuallyDrop::new(this);
        // The view's address, which is right, has the rights of a borrow; a handle's pointer must reach the header, and
        // be able to drop. So the address part is replaced by the handle's own.
        const {
            assert!(
                size_of::<*const U>() > size_of::<*const u8>(),
                "a handle is coerced to one of an unsized type, such as `dyn Trait` or `[T]`"
            )
        };
        // SAFETY: the address is the first word of a pointer, thin or wide, and the new one equals the old.
        unsafe { (&raw mut payload).cast::<*const T>().write(Gc::as_ptr(&this)) };
        // SAFETY: not null; the count is that of `this`, which is forgotten. The view is valid as long as the object is: it
        // was made from a borrow of any length. Dropping goes by the header, which knows the whole object.
        unsafe { Gc::from_counted(NonNull::new_unchecked(payload.cast_mut())) }
    }
}

impl Gc<dyn Any + Send + Sync> {
    /// The handle as one to a `T`, if that is what the object is.
    ///
    /// # Errors
    /// The handle, if the object is something else.
    ///
    /// ```
    /// use freehold::{Gc, coerce};
    /// use std::any::Any;
    /// let any = coerce!(Gc::new(7u32) => Gc<dyn Any + Send + Sync>);
    /// let any = any.downcast::<String>().unwrap_err();
    /// assert_eq!(*any.downcast::<u32>().unwrap(), 7);
    /// ```
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Gc<T>, Self> {
        if !(*self).is::<T>() {
            return Err(self);
        }
        let payload = Gc::as_ptr(&self).cast::<T>().cast_mut();
        mem::forget(self);
        // SAFETY: the payload is a `T`; the count is that of `self`, which is forgotten.
        Ok(unsafe { Gc::from_counted(NonNull::new_unchecked(payload)) })
    }
}
