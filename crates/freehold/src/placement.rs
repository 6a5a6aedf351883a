//! Placing objects in the pool's slots.

use crate::collect;
use crate::header::{Header, PAYLOAD};
use crate::trace::{Top, Trace};
use crate::type_info::TypeInfo;
use freehold_pool::{Kind, SizeClass, Slot, alloc_fast, alloc_large, alloc_slow};
use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The greatest alignment of a payload: half a page.
pub(crate) const MAX_ALIGN: usize = 1 << 15;

/// Writes `value` into a slot of its own and publishes it with one handle.
#[inline]
pub(crate) fn place<T: Trace + 'static>(value: T) -> NonNull<T> {
    let (slot, payload) = reserve::<T>();
    // SAFETY: a fresh slot, large and aligned enough for `T` behind the header.
    unsafe {
        payload.write(value);
        slot.cast::<Header>()
            .as_ref()
            .publish(TypeInfo::of::<T>(), T::finalizer().is_some());
    }
    if const { class_of(Layout::new::<T>()) }.is_none() {
        // SAFETY: just published.
        unsafe { announce(slot.cast()) };
    }
    payload
}

/// A slot that is not published yet. Given back if it never is.
pub(crate) struct Vacant<T> {
    slot: NonNull<Slot>,
    of: PhantomData<T>,
}

impl<T: Trace + 'static> Vacant<T> {
    /// Takes a slot for a `T`.
    pub(crate) fn new() -> Self {
        Vacant {
            slot: reserve::<T>().0,
            of: PhantomData,
        }
    }

    /// The slot's header.
    pub(crate) fn header(&self) -> NonNull<Header> {
        self.slot.cast()
    }

    /// Where the payload will be.
    pub(crate) fn payload(&self) -> NonNull<T> {
        // SAFETY: slots are longer than a header.
        unsafe { self.slot.byte_add(PAYLOAD) }.cast()
    }

    /// Writes the payload; the caller publishes the header.
    pub(crate) fn fill(self, value: T) -> NonNull<T> {
        let payload = self.payload();
        // SAFETY: a fresh slot, large and aligned enough for a `T` behind the header.
        unsafe { payload.write(value) };
        std::mem::forget(self);
        payload
    }
}

impl<T> Drop for Vacant<T> {
    fn drop(&mut self) {
        // SAFETY: never published, so nobody else knows of the slot.
        unsafe { freehold_pool::free(self.slot) };
    }
}

/// Takes a slot for a `T`.
#[inline]
fn reserve<T: Trace + 'static>() -> (NonNull<Slot>, NonNull<T>) {
    const {
        assert!(
            align_of::<T>() <= MAX_ALIGN,
            "a type aligned to more than 32 KiB does not fit in a `Gc`"
        );
        assert!(
            size_of::<T>() <= isize::MAX as usize - (1 << 16),
            "the type is too large for a `Gc`"
        );
    }
    let slot = match const { class_of(Layout::new::<T>()) } {
        Some(class) => take(class, kind_of::<T>(), Layout::new::<T>()),
        None => take_large(kind_of::<T>(), Layout::new::<T>()),
    };
    // SAFETY: slots are longer than a header.
    (slot, unsafe { slot.byte_add(PAYLOAD) }.cast())
}

/// Takes a slot for a payload whose layout is known at run time only.
pub(crate) fn reserve_dynamic(payload: Layout, kind: Kind) -> NonNull<u8> {
    let slot = match class_of(payload) {
        Some(class) => take(class, kind, payload),
        None => take_large(kind, payload),
    };
    // SAFETY: slots are longer than a header.
    unsafe { slot.byte_add(PAYLOAD) }.cast()
}

/// From here on, slots of objects like a `T` keep their header words for ever.
#[inline]
pub(crate) fn pin<T: Trace + 'static>() {
    const {
        assert!(
            class_of(Layout::new::<T>()).is_some(),
            "a type of more than 32 KiB, or aligned to more than 16 bytes, does not fit in an `AtomicGc`; put it in a `Box`"
        );
    }
    if let Some(class) = const { class_of(Layout::new::<T>()) } {
        freehold_pool::pin(class, kind_of::<T>());
    }
}

/// The bytes from a payload to the end of its slot.
///
/// # Safety
/// The payload is in a slot of its own that was not given back.
pub(crate) unsafe fn room(payload: NonNull<u8>) -> usize {
    // SAFETY: the slot begins with the header before the payload.
    unsafe { freehold_pool::slot_size(payload.sub(PAYLOAD).cast()) - PAYLOAD }
}

/// Tells collections of the young of an object that was published later than its slot was taken, or in a block of its own.
/// Others are found without: their thread has not left their page.
///
/// # Safety
/// The object was published, and its slot is not given back during the call.
pub(crate) unsafe fn announce(header: NonNull<Header>) {
    // SAFETY: the slot came from the pool.
    unsafe { freehold_pool::mark_fresh(header.cast()) }
}

/// Whether `T`'s objects are candidates. Folds to a constant.
#[inline(always)]
pub(crate) fn kind_of<T: Trace>() -> Kind {
    if T::may_hold_gc::<Top>() {
        Kind::Traced
    } else {
        Kind::Leaf
    }
}

/// The size class for a payload, or `None` for a large block. Slots are aligned to 16 bytes, and so are payloads.
const fn class_of(payload: Layout) -> Option<SizeClass> {
    if payload.align() > PAYLOAD || payload.size() > isize::MAX as usize - PAYLOAD {
        None
    } else {
        SizeClass::for_size(payload.size() + PAYLOAD)
    }
}

/// Whether a payload gets a block of its own, with the word that a slice keeps its length in.
pub(crate) fn is_large(payload: Layout) -> bool {
    payload
        .extend(Layout::new::<usize>())
        .map_or(true, |(whole, _)| class_of(whole).is_none())
}

#[inline]
fn take(class: SizeClass, kind: Kind, layout: Layout) -> NonNull<Slot> {
    match alloc_fast(class, kind) {
        Some(slot) => slot,
        None => refill(class, kind, layout),
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
fn take_large(kind: Kind, layout: Layout) -> NonNull<Slot> {
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
