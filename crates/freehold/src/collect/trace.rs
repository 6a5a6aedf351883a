//! The first look: every object's word, edges and versions.
//!
//! An object is *claimed* while it is looked at, so that its payload stays: whoever drops the last handle meanwhile leaves
//! the destruction to us. Such an *orphan* is destroyed when garbage has been found and the lock for finding is released:
//! no code of the user's runs before, for it might wait for a thread that waits for the lock.

use super::clock::Clock;
use super::space::Space;
use super::table::Table;
use crate::destroy::discard;
use crate::header::{Header, PAYLOAD, Recorded};
use crate::trace::Tracer;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;

/// The first look's result.
pub(crate) struct Traced {
    pub(crate) table: Table,
    pub(crate) candidates: usize,
    pub(crate) panics: usize,
    pub(crate) orphans: Vec<NonNull<Header>>,
    /// Every object was looked at again soon enough.
    pub(crate) in_time: bool,
}

/// Looks at every slot of `space`.
pub(crate) fn trace<S: Space>(space: &S, clock: &mut impl Clock) -> Traced {
    let mut traced = Traced {
        table: Table::with_capacity(space.len()),
        candidates: 0,
        panics: 0,
        orphans: Vec::new(),
        in_time: true,
    };
    let mut tracer = Tracer::new();
    space.for_each(|index, header| {
        let looked = look_with(header, &mut tracer, |_| ());
        traced.panics += looked.panics;
        let word = match looked.found {
            Find::Vacant => return,
            Find::Orphan => return traced.orphans.push(header),
            Find::Alive(word) => word,
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
        if clock.is_due() {
            refresh(space, &mut traced.table);
            traced.in_time &= clock.refreshed();
        }
    });
    traced.table.skip_to(space.len() as u32);
    traced
}

/// Notes which of the objects recorded so far have changed.
fn refresh<S: Space>(space: &S, table: &mut Table) {
    for index in 0..table.len() as u32 {
        let word = table.word(index);
        // SAFETY: header words of a space can be read at any time.
        if word.is_candidate() && !unsafe { space.header(index).as_ref() }.is_still(word) {
            table.note_changed(index);
        }
    }
}

/// What a look at a slot found.
pub(crate) struct Looked {
    pub(crate) found: Find,
    /// Panics in `trace`, which make the object opaque.
    pub(crate) panics: usize,
}

/// Who is in a slot.
pub(crate) enum Find {
    /// No object, or one that an earlier collection has condemned.
    Vacant,
    /// A live object, whose handles the tracer has seen.
    Alive(Recorded),
    /// An object whose last handle went while it was looked at: the caller sees to its destruction.
    Orphan,
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
        return Looked {
            found: Find::Vacant,
            panics: 0,
        };
    };
    let panics = usize::from(see(header, tracer));
    inside(object);
    let found = if object.leave() {
        Find::Orphan
    } else {
        Find::Alive(word)
    };
    Looked { found, panics }
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
    let panicked = result.map_err(discard).is_err();
    if panicked {
        tracer.give_up();
    }
    panicked
}
