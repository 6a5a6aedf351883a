//! `Weak<T>`: a handle that does not keep its target alive. Two words: where the payload was, and the control block.

use super::Gc;
use crate::control::Control;
use crate::trace::{Depth, Trace, Tracer};
use std::fmt;
use std::ptr::NonNull;

/// A handle that does not keep its target alive. The target's memory is free for reuse as soon as the target is dead,
/// however many weak handles remain.
///
/// ```
/// use freehold::{Gc, Weak};
/// let strong = Gc::new("here");
/// let weak = Gc::downgrade(&strong);
/// assert_eq!(*weak.upgrade().unwrap(), "here");
/// drop(strong);
/// assert!(weak.upgrade().is_none());
/// assert!(Weak::<u8>::new().upgrade().is_none());
/// ```
pub struct Weak<T: ?Sized + 'static> {
    target: Option<Target<T>>,
}

struct Target<T: ?Sized> {
    payload: NonNull<T>,
    control: NonNull<Control>,
}

impl<T: ?Sized> Clone for Target<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Target<T> {}

// SAFETY: an upgrade gives a `Gc`, so the bounds are those of `Gc`; the control block is made for sharing.
unsafe impl<T: ?Sized + Sync + Send> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync + Send> Sync for Weak<T> {}

impl<T> Weak<T> {
    /// A weak handle without target. Allocates nothing.
    pub const fn new() -> Self {
        Weak { target: None }
    }
}

impl<T: ?Sized> Weak<T> {
    /// Takes over a hold on `control`, the control block of the object with this payload.
    pub(crate) fn from_parts(payload: NonNull<T>, control: NonNull<Control>) -> Self {
        Weak {
            target: Some(Target { payload, control }),
        }
    }

    fn control(&self) -> Option<&Control> {
        // SAFETY: the handle is a holder of the block.
        self.target.as_ref().map(|target| unsafe { target.control.as_ref() })
    }

    /// A strong handle, if the target is alive.
    pub fn upgrade(&self) -> Option<Gc<T>> {
        let target = self.target?;
        self.control()?.upgrade()?;
        // SAFETY: `upgrade` took a count on the object, which is still the one with this payload.
        Some(unsafe { Gc::from_counted(target.payload) })
    }

    /// Whether both handles are to the same object, or both to none.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        match (self.target, other.target) {
            (Some(a), Some(b)) => a.control == b.control,
            (None, None) => true,
            _ => false,
        }
    }

    /// The number of strong handles to the target; 0 if it is dead.
    pub fn strong_count(&self) -> usize {
        self.control().map_or(0, Control::strong_count)
    }

    /// The number of weak handles to the target, or 0 if there never was one.
    pub fn weak_count(&self) -> usize {
        self.control().map_or(0, Control::weak_count)
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    fn clone(&self) -> Self {
        if let Some(control) = self.control() {
            control.hold();
        }
        Weak { target: self.target }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    fn drop(&mut self) {
        if let Some(target) = self.target {
            // SAFETY: this handle's own hold, given up once.
            unsafe { Control::release(target.control) };
        }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Weak::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

// SAFETY: a weak handle keeps nothing alive, so there is nothing to show.
unsafe impl<T: ?Sized> Trace for Weak<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        false
    }
}
