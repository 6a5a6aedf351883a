//! The first look: every object's word, edges and versions.
//!
//! An object is *claimed* while it is looked at, so that its payload stays: whoever drops the last handle meanwhile leaves
//! the destruction to us, and we do it when we leave the object.

use super::space::Space;
use super::table::Table;
use crate::destroy::destroy;
use crate::header::{Header, PAYLOAD, Recorded};
use crate::trace::Tracer;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;

/// The first look's result.
pub(crate) struct Traced {
    pub(crate) table: Table,
    pub(crate) candidates: usize,
    pub(crate) panics: usize,
}

/// Looks at every slot of `space`.
pub(crate) fn trace<S: Space>(space: &S) -> Traced {
    let mut traced = Traced {
        table: Table::with_capacity(space.len()),
        candidates: 0,
        panics: 0,
    };
    let mut tracer = Tracer::new();
    space.for_each(|index, header| {
        let looked = look_with(header, &mut tracer, |_| ());
        traced.panics += looked.panics;
        let Some(word) = looked.alive else { return };
        traced.table.skip_to(index);
        match tracer.seen() {
            None => traced.table.push_opaque(word),
            Some((edges, stamps)) => {
                traced
                    .table
                    .push(word, edges.iter().filter_map(|&target| space.index(target)), stamps);
            }
        }
        traced.candidates += 1;
    });
    traced.table.skip_to(space.len() as u32);
    traced
}

/// What a look at a slot found.
pub(crate) struct Looked {
    /// The word of a live object, whose handles the tracer has seen. `None`: no object, or one that died meanwhile.
    pub(crate) alive: Option<Recorded>,
    /// Panics in `trace`, which makes the object opaque, and in the drop of one that died meanwhile.
    pub(crate) panics: usize,
}

/// What there is to know of an object while it is claimed.
#[derive(Clone, Copy)]
pub(crate) struct Inside {
    pub(crate) type_name: &'static str,
    /// Bytes of payload and header.
    pub(crate) size: usize,
}

/// Claims the object in a slot, lets the tracer see what it holds, tells `inside` what it is, and leaves it again.
pub(crate) fn look(header: NonNull<Header>, tracer: &mut Tracer, inside: &mut dyn FnMut(Inside)) -> Looked {
    look_with(header, tracer, |object| {
        // SAFETY: the object is claimed, and the payload is behind the header.
        inside(unsafe {
            let info = object.info();
            let payload = header.as_ptr().cast::<u8>().add(PAYLOAD);
            Inside {
                type_name: info.name(),
                size: info.size(payload) + PAYLOAD,
            }
        });
    })
}

fn look_with(header: NonNull<Header>, tracer: &mut Tracer, inside: impl FnOnce(&Header)) -> Looked {
    // SAFETY: header words of a space can be read at any time.
    let object = unsafe { header.as_ref() };
    let Some(word) = object.claim() else {
        return Looked { alive: None, panics: 0 };
    };
    let panics = usize::from(see(header, tracer));
    inside(object);
    if !object.leave() {
        return Looked {
            alive: Some(word),
            panics,
        };
    }
    // SAFETY: the last handle went while we were inside, and left the destruction to us.
    let panicked = unsafe { destroy_for_another(header) };
    Looked {
        alive: None,
        panics: panics + usize::from(panicked),
    }
}

/// Destroys an object that a mutator let go while the collector had it. A panic in its drop has no caller to reach: it
/// has been through the process's panic hook, and is counted.
///
/// # Safety
/// As for [`destroy`].
pub(super) unsafe fn destroy_for_another(header: NonNull<Header>) -> bool {
    // SAFETY: as the caller promised.
    panic::catch_unwind(AssertUnwindSafe(|| unsafe { destroy(header) })).is_err()
}

/// Lets the tracer see what an object holds; whether `trace` panicked. The object cannot be destroyed during the call:
/// it is claimed, or condemned.
pub(super) fn see(header: NonNull<Header>, tracer: &mut Tracer) -> bool {
    tracer.reset();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: published and not destroyed meanwhile, as the caller saw to; the payload is behind the header.
        unsafe {
            header
                .as_ref()
                .info()
                .trace(header.as_ptr().cast::<u8>().add(PAYLOAD), tracer)
        };
    }));
    if result.is_err() {
        tracer.give_up();
    }
    result.is_err()
}
