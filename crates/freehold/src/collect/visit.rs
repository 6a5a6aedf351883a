//! Entering a slot: claim the object that is there, if one is, work on it, and leave it again.
//!
//! While an object is claimed its payload stays: whoever drops the last handle meanwhile leaves the destruction to us. Such an
//! *orphan* is destroyed when garbage has been found and the lock for finding is released: no code of the user's runs
//! before, for it might wait for a thread that waits for the lock.

use crate::header::{Header, PAYLOAD, Recorded};
use crate::trace::Tracer;
use std::any::Any;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;

/// What became of an attempt to enter a slot.
pub(crate) enum Entered<R> {
    /// No object, or one that an earlier collection has condemned.
    Vacant,
    /// A live object, and what the work on it gave.
    Alive(Recorded, R),
    /// An object whose last handle went meanwhile: the caller sees to its destruction.
    Orphan,
}

/// Claims the object in a slot, runs `work` on it, and leaves it. (`work` gets the slot's pointer, not a reference to the header,
/// which would not reach the payload.)
pub(crate) fn enter<R>(header: NonNull<Header>, work: impl FnOnce(NonNull<Header>) -> R) -> Entered<R> {
    // SAFETY: header words of a space can be read at any time.
    let object = unsafe { header.as_ref() };
    let Some(word) = object.claim() else {
        return Entered::Vacant;
    };
    let result = work(header);
    match object.leave() {
        true => Entered::Orphan,
        false => Entered::Alive(word, result),
    }
}

/// What there is to know of an object.
#[derive(Clone, Copy)]
pub(crate) struct Inside {
    pub(crate) type_name: &'static str,
    /// Bytes of payload and header.
    pub(crate) size: usize,
}

impl Inside {
    /// What an object is.
    ///
    /// # Safety
    /// It is not destroyed during the call.
    pub(crate) unsafe fn of(object: NonNull<Header>) -> Inside {
        // SAFETY: as the caller promised; the payload is behind the header.
        unsafe {
            let info = object.as_ref().info();
            let payload = object.as_ptr().cast::<u8>().add(PAYLOAD);
            Inside {
                type_name: info.name(),
                size: info.size(payload) + PAYLOAD,
            }
        }
    }
}

/// Lets the tracer see what an object holds; whether `trace` panicked. The object cannot be destroyed during the call:
/// it is claimed, or condemned.
pub(crate) fn see(header: NonNull<Header>, tracer: &mut Tracer) -> bool {
    tracer.reset(header);
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: published and not destroyed meanwhile, as the caller saw to; the payload is behind the header.
        unsafe {
            header
                .as_ref()
                .info()
                .trace(header.as_ptr().cast::<u8>().add(PAYLOAD), tracer)
        };
    }));
    let panicked = result.map_err(keep_quiet).is_err();
    if panicked {
        tracer.give_up();
    }
    panicked
}

/// Drops what a panic carried if that is a message. Another's drop is code of the user's, which must not run here, under the
/// collector's locks; so that is leaked.
fn keep_quiet(panic: Box<dyn Any + Send>) {
    if !(panic.is::<&'static str>() || panic.is::<String>()) {
        mem::forget(panic);
    }
}
