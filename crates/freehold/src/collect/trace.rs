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
        let Looked::Alive { word, panicked } = look(header, &mut tracer, &mut |_, _| ()) else {
            return;
        };
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
        traced.panics += usize::from(panicked);
    });
    traced.table.skip_to(space.len() as u32);
    traced
}

/// What a look at a slot found.
pub(crate) enum Looked {
    /// No object, or one that died meanwhile.
    Vacant,
    /// A live object; the tracer has seen what it holds. One whose `trace` panicked counts as opaque.
    Alive { word: Recorded, panicked: bool },
}

/// Claims the object in a slot, lets the tracer see what it holds and calls `inside`, and leaves it again.
pub(crate) fn look(header: NonNull<Header>, tracer: &mut Tracer, inside: &mut dyn FnMut(Recorded, &Header)) -> Looked {
    // SAFETY: header words of a space can be read at any time.
    let object = unsafe { header.as_ref() };
    let Some(word) = object.claim() else {
        return Looked::Vacant;
    };
    let panicked = see(header, tracer);
    inside(word, object);
    if object.leave() {
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the last handle went while we were inside, and left the destruction to us.
            unsafe { destroy(header) };
        }));
        // A panic in the drop of an object that a mutator let go has no caller to reach; the process-wide hook saw it.
        drop(result);
        return Looked::Vacant;
    }
    Looked::Alive { word, panicked }
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
