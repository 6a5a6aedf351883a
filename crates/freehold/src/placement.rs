//! Placing objects in the pool's slots.

use crate::collect;
use crate::header::{Header, PAYLOAD};
use crate::trace::{Top, Trace};
use crate::type_info::TypeInfo;
use freehold_pool::{Kind, SizeClass, Slot, alloc_fast, alloc_large, alloc_slow};
use std::alloc::{Layout, handle_alloc_error};
use std::ptr::NonNull;

/// Writes `value` into a slot of its own and publishes it with one handle.
#[inline]
pub(crate) fn place<T: Trace + 'static>(value: T) -> NonNull<T> {
    let (slot, payload) = reserve::<T>();
    // SAFETY: a fresh slot, large and aligned enough for `T` behind the header.
    unsafe {
        payload.write(value);
        slot.cast::<Header>().as_ref().publish(TypeInfo::of::<T>());
    }
    payload
}

/// Takes a slot for a `T`.
#[inline]
fn reserve<T: Trace + 'static>() -> (NonNull<Slot>, NonNull<T>) {
    const {
        assert!(
            align_of::<T>() <= 1 << 15,
            "a type aligned to more than 32 KiB does not fit in a `Gc`"
        );
        assert!(
            size_of::<T>() <= isize::MAX as usize - (1 << 16),
            "the type is too large for a `Gc`"
        );
    }
    let kind = const_kind::<T>();
    let slot = match const { class_of(Layout::new::<T>()) } {
        Some(class) => match alloc_fast(class, kind) {
            Some(slot) => slot,
            None => refill(class, kind, Layout::new::<T>()),
        },
        None => large(kind, Layout::new::<T>()),
    };
    // SAFETY: slots are longer than a header.
    (slot, unsafe { slot.byte_add(PAYLOAD) }.cast())
}

/// Whether `T`'s objects are candidates. Folds to a constant.
#[inline(always)]
fn const_kind<T: Trace>() -> Kind {
    if T::may_hold_gc::<Top>() {
        Kind::Traced
    } else {
        Kind::Leaf
    }
}

/// The size class for a payload, or `None` for a large block. Slots are aligned to 16 bytes, and so are payloads.
const fn class_of(payload: Layout) -> Option<SizeClass> {
    if payload.align() > PAYLOAD {
        None
    } else {
        SizeClass::for_size(payload.size() + PAYLOAD)
    }
}

#[cold]
fn refill(class: SizeClass, kind: Kind, layout: Layout) -> NonNull<Slot> {
    if kind == Kind::Traced {
        collect::pace::allocated();
    }
    alloc_slow(class, kind).unwrap_or_else(|| handle_alloc_error(layout))
}

#[cold]
fn large(kind: Kind, layout: Layout) -> NonNull<Slot> {
    if kind == Kind::Traced {
        collect::pace::allocated();
    }
    alloc_large(layout, kind).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Gives a slot back.
///
/// # Safety
/// The object in it is gone, and nobody has a handle.
#[inline]
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: the slot came from `reserve`, and the caller gives it back once.
    unsafe { freehold_pool::free(header.cast()) }
}
