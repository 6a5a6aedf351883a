//! The header's second word: what is known of the object's type, its weak handles, its age and its finaliser.
//!
//! `meta`, one pointer with four bits of its own below it:
//!
//! | bits | field | changed by |
//! | --- | --- | --- |
//! | 0 | *controlled*: the pointer is to a [`Control`], which knows the [`TypeInfo`]; otherwise to the `TypeInfo` itself | set at the first `downgrade`; unset by whoever makes the object's weak handles dead |
//! | 1–2 | [`Age`] | collector, inside the object |
//! | 3 | *unfinalised*: the type has a finaliser, which has not run | whoever runs it |
//! | 4–63 | the pointer | with bit 0 |
//!
//! A free slot keeps the pool's link in the place of `meta`, an address of a slot: the bits read as those of a young object.

use super::Header;
use crate::control::Control;
use crate::generation::Age;
use crate::primitive::Ordering;
use crate::type_info::TypeInfo;
use std::ptr::{self, NonNull};

/// `meta` points at a `Control`.
const CONTROLLED: usize = 1;
const AGE_SHIFT: usize = 1;
const AGE: usize = 0b11 << AGE_SHIFT;
const UNFINALISED: usize = 1 << 3;
const BITS: usize = CONTROLLED | AGE | UNFINALISED;

#[cfg(not(loom))]
const _: () = assert!(
    align_of::<TypeInfo>() > BITS && align_of::<Control>() > BITS,
    "the bits below the pointer are free"
);

impl Header {
    /// Makes the object in this slot alive with one handle. The payload is written; the caller owns the slot, and says
    /// whether the type has a finaliser.
    #[inline]
    pub(crate) fn publish(&self, info: &'static TypeInfo, finalizable: bool) {
        let meta = ptr::from_ref(info).cast_mut().cast();
        self.publish_meta(with_bits(meta, unfinalised(finalizable)));
    }

    /// The same for an object that has had a control block from before it was built.
    pub(crate) fn publish_controlled(&self, control: NonNull<Control>, finalizable: bool) {
        self.publish_meta(with_bits(
            control.as_ptr().cast(),
            CONTROLLED | unfinalised(finalizable),
        ));
    }

    #[inline]
    fn publish_meta(&self, meta: *mut ()) {
        // Relaxed: published by the store to `word`.
        self.meta.store(meta, Ordering::Relaxed);
        self.count_one();
    }

    /// The object's control block, if it has one.
    #[inline]
    pub(crate) fn control(&self) -> Option<NonNull<Control>> {
        // Acquire pairs with the Release in `install`.
        controlled(self.meta.load(Ordering::Acquire))
    }

    /// The object's type. Only for a live object.
    ///
    /// # Safety
    /// The object was published, and is not destroyed during the call.
    #[inline]
    pub(crate) unsafe fn info(&self) -> &'static TypeInfo {
        // One load: a first `downgrade` may change `meta` at any time. Acquire as in `control`.
        let meta = self.meta.load(Ordering::Acquire);
        match controlled(meta) {
            // SAFETY: an object holds a reference to its control block until it is destroyed.
            Some(control) => unsafe { control.as_ref() }.info(),
            // SAFETY: without its bits, `meta` is what `publish` wrote.
            None => unsafe { &*without_bits(meta).cast::<TypeInfo>() },
        }
    }

    /// Installs the first control block of an object; of several threads that try, one succeeds, and the others get the
    /// one that is there.
    pub(crate) fn install(&self, control: NonNull<Control>) -> Result<(), NonNull<Control>> {
        // Release publishes the block; Acquire when there is one already.
        let block = |meta: *mut ()| with_bits(control.as_ptr().cast(), bits(meta) | CONTROLLED);
        self.change_meta(|meta| controlled(meta).is_none().then(|| block(meta)))
            .map_err(|meta| controlled(meta).expect("refused because there is one"))
    }

    /// Takes the object's control block away from it; the caller gets the object's hold on it. Weak handles made from here
    /// on get a new block.
    ///
    /// # Safety
    /// Nobody else can reach the object: it has no handle but those among unreachable objects, and no collector is inside.
    pub(crate) unsafe fn detach(&self) -> Option<NonNull<Control>> {
        let meta = self.meta.load(Ordering::Acquire);
        let control = controlled(meta)?;
        // SAFETY: the object's own hold, which is not given up yet.
        let info = ptr::from_ref(unsafe { control.as_ref() }.info()).cast_mut().cast();
        // Relaxed: nobody else reads it, until something else publishes the object.
        self.meta
            .store(with_bits(info, bits(meta) & !CONTROLLED), Ordering::Relaxed);
        Some(control)
    }

    /// Whether there is nothing to do for the object's end but to drop the payload: no control block, no finaliser to run.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        // Relaxed: for the owner of a dead object, whose handles' drops were ordered before.
        self.meta.load(Ordering::Relaxed).addr() & (CONTROLLED | UNFINALISED) == 0
    }

    /// Whether the type has a finaliser that has not run for this object.
    pub(crate) fn is_unfinalised(&self) -> bool {
        self.meta.load(Ordering::Relaxed).addr() & UNFINALISED != 0
    }

    /// Notes that the finaliser runs.
    pub(crate) fn set_finalised(&self) {
        let changed = |meta: *mut ()| meta.map_addr(|address| address & !UNFINALISED);
        let _ = self.change_meta(|meta| Some(changed(meta)));
    }

    /// The object's age; for a slot that is not known to be in use, a guess.
    #[inline]
    pub(crate) fn age(&self) -> Age {
        // Relaxed: no decision about life or death depends on it.
        Age::from_bits(self.meta.load(Ordering::Relaxed).addr() >> AGE_SHIFT)
    }

    /// Sets the age of an object that the caller has claimed.
    pub(crate) fn set_age(&self, age: Age) {
        let changed = |meta: *mut ()| meta.map_addr(|address| address & !AGE | (age as usize) << AGE_SHIFT);
        let _ = self.change_meta(|meta| (changed(meta) != meta).then(|| changed(meta)));
    }

    /// Replaces `meta` by what `change` makes of it; `Err` with `meta` when it makes nothing.
    fn change_meta(&self, change: impl Fn(*mut ()) -> Option<*mut ()>) -> Result<(), *mut ()> {
        let mut meta = self.meta.load(Ordering::Acquire);
        loop {
            let Some(changed) = change(meta) else { return Err(meta) };
            // Release keeps a control block published, whoever changes the bits beside it; Acquire as in `control`.
            match self
                .meta
                .compare_exchange_weak(meta, changed, Ordering::Release, Ordering::Acquire)
            {
                Ok(_) => return Ok(()),
                Err(now) => meta = now,
            }
        }
    }
}

/// The bit of a new object.
#[inline]
fn unfinalised(finalizable: bool) -> usize {
    if finalizable { UNFINALISED } else { 0 }
}

#[inline]
fn bits(meta: *mut ()) -> usize {
    meta.addr() & BITS
}

#[inline]
fn without_bits(meta: *mut ()) -> *mut () {
    meta.map_addr(|address| address & !BITS)
}

/// A `meta` of this pointer, which has no bits yet.
#[inline]
fn with_bits(pointer: *mut (), bits: usize) -> *mut () {
    pointer.map_addr(|address| address | bits)
}

/// The control block that a `meta` points at, if it does.
#[inline]
fn controlled(meta: *mut ()) -> Option<NonNull<Control>> {
    NonNull::new(without_bits(meta).cast()).filter(|_| bits(meta) & CONTROLLED != 0)
}
