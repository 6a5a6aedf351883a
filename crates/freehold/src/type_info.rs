//! What the collector knows of a type: how to trace it, finalise it, drop it, measure it, and what to call it. The target of the header's
//! `meta`.

use crate::trace::{Trace, Tracer};
use std::any::TypeId;

/// One per type that was ever put in a `Gc`. Addresses are not unique: two may describe the same type.
#[repr(align(16))] // The header keeps bits of its own below a pointer to it.
pub(crate) struct TypeInfo {
    pub(crate) trace: unsafe fn(*const u8, &mut Tracer),
    pub(crate) drop: unsafe fn(*mut u8),
    /// Runs the finaliser, if the type has one.
    pub(crate) finalize: unsafe fn(*const u8),
    pub(crate) size: unsafe fn(*const u8) -> usize,
    pub(crate) name: fn() -> &'static str,
    pub(crate) type_id: fn() -> TypeId,
}

impl TypeInfo {
    /// The information about `T`.
    pub(crate) const fn of<T: Trace + 'static>() -> &'static TypeInfo {
        const {
            &TypeInfo {
                trace: trace::<T>,
                drop: drop::<T>,
                finalize: finalize::<T>,
                size: size::<T>,
                name: std::any::type_name::<T>,
                type_id: TypeId::of::<T>,
            }
        }
    }

    /// Traces the payload.
    ///
    /// # Safety
    /// `payload` is a live payload of this type, and is not destroyed during the call.
    pub(crate) unsafe fn trace(&self, payload: *const u8, tracer: &mut Tracer) {
        // SAFETY: the function belongs to the type.
        unsafe { (self.trace)(payload, tracer) }
    }

    /// Runs the payload's finaliser, if its type has one.
    ///
    /// # Safety
    /// `payload` is a live payload of this type, and is not destroyed during the call.
    pub(crate) unsafe fn finalize(&self, payload: *const u8) {
        // SAFETY: the function belongs to the type.
        unsafe { (self.finalize)(payload) }
    }

    /// Drops the payload in place.
    ///
    /// # Safety
    /// `payload` is a payload of this type that nobody uses again.
    pub(crate) unsafe fn drop(&self, payload: *mut u8) {
        // SAFETY: the function belongs to the type.
        unsafe { (self.drop)(payload) }
    }

    /// The payload's size in bytes.
    ///
    /// # Safety
    /// `payload` is a live payload of this type, and is not destroyed during the call.
    pub(crate) unsafe fn size(&self, payload: *const u8) -> usize {
        // SAFETY: the function belongs to the type.
        unsafe { (self.size)(payload) }
    }

    /// Which type it is.
    #[cfg(not(loom))]
    pub(crate) fn type_id(&self) -> TypeId {
        (self.type_id)()
    }

    /// The type's full path.
    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }
}

unsafe fn trace<T: Trace>(payload: *const u8, tracer: &mut Tracer) {
    // SAFETY: the caller gives a live `T`.
    T::trace(unsafe { &*payload.cast::<T>() }, tracer);
}

unsafe fn finalize<T: Trace>(payload: *const u8) {
    if let Some(finalize) = T::finalizer() {
        // SAFETY: the caller gives a live `T`.
        finalize(unsafe { &*payload.cast::<T>() });
    }
}

unsafe fn drop<T>(payload: *mut u8) {
    // SAFETY: the caller gives a `T` that nobody uses again.
    unsafe { payload.cast::<T>().drop_in_place() }
}

unsafe fn size<T>(_: *const u8) -> usize {
    size_of::<T>()
}
