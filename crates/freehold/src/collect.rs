//! The collector: optimistic trial deletion while mutators run.
//!
//! **Problem.** Counting cannot free a cycle. To tell that a set of objects is held only by itself, one must compare each
//! object's count with the handles found inside the set, at one moment; and mutators do not stop for one.
//!
//! **Mechanism.** Look twice. *Trace* ([`trace`]) records each object's header word (count and clone version) and, from
//! its payload, the handles and the versions of the locks on the way. *Subtract* ([`subtract`]) takes the handles found
//! from the counts: an object with more handles than were found is a root, and what roots reach is live. *Hold* ([`hold`])
//! sees all that suspects have behind locks of others at one moment, if there are such. *Validate*
//! ([`validate`]) looks at the rest again: words and versions that did not change prove that all of it was garbage at one
//! moment between the looks. *Finalise* ([`finalise`]) runs finalisers, and looks once more if there were any. *Destroy*
//! ([`crate::destroy`]) drops and frees it.
//!
//! **Cost.** O(objects + handles) per collection, with about 17 bytes of tables per object, 4 per handle and 12 per
//! lock while it lasts.
//! Mutators pay a version in the count's word and one plain store per lock; they never wait for a collection.
//!
//! **Sources.** Bacon and Rajan, *Concurrent Cycle Collection in Reference Counted Systems* (ECOOP 2001) for trial
//! deletion made safe by a second look; CPython's `gc` for subtracting internal references over a whole generation.
//! Departures: docs/collector.md.

mod ahead;
mod bits;
mod clock;
mod components;
mod finalise;
mod hold;
mod mark;
mod prefetch;
mod scope;
mod space;
mod subtract;
mod suspects;
mod table;
mod trace;
mod validate;
mod visit;
mod workers;

#[cfg(not(loom))]
pub(crate) mod background;
#[cfg(not(loom))]
pub(crate) mod control;
#[cfg(not(loom))]
mod heap_space;
#[cfg(not(loom))]
pub(crate) mod limbo;
#[cfg(not(loom))]
pub(crate) mod pace;
#[cfg(not(loom))]
mod reports;
#[cfg(not(loom))]
pub(crate) mod totals;

#[cfg(not(loom))]
pub(crate) use clock::Real;
#[cfg(loom)]
pub(crate) use clock::Stopped;
pub(crate) use finalise::Finalising;
#[cfg(not(loom))]
pub(crate) use heap_space::HeapSpace;
pub(crate) use scope::Scope;
#[cfg(loom)]
pub(crate) use space::Slots;
pub(crate) use space::Space;
#[cfg(not(loom))]
pub(crate) use visit::{Entered, Inside, enter, see};

use crate::destroy;
use crate::header::Header;
use ahead::Ahead;
use clock::Clock;
use std::ptr::NonNull;
use suspects::Suspects;

/// What one pass over a space found, before anything is destroyed.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// A closed set: condemned, the verdict on it closed, its control blocks dead.
    pub(crate) garbage: Vec<NonNull<Header>>,
    /// What its destruction will touch, for as long as it is not changed.
    ahead: Ahead,
    /// Objects looked at.
    pub(crate) candidates: usize,
    /// Of these, objects with handles that were not found.
    pub(crate) held: usize,
    /// Objects that were suspected and turned out to be in use.
    pub(crate) revived: usize,
    /// It took so long that nothing was proven, and nothing is garbage.
    pub(crate) gave_up: bool,
    /// Panics in `trace` and in finalisers.
    pub(crate) panics: usize,
    /// Finalisers run.
    pub(crate) finalised: usize,
    /// Objects of the garbage that finalisers kept, or let die by counting.
    pub(crate) resurrected: usize,
    /// Objects whose last handle went while the collector was at them: dead by counting, to be destroyed.
    pub(crate) orphans: Vec<NonNull<Header>>,
}

/// Finds the garbage among the objects of `space` that are in `scope`. One call at a time in the process.
/// `held` is told of each candidate with handles from outside, and how many.
pub(crate) fn find<S: Space>(
    space: &S,
    scope: Scope,
    mut clock: impl Clock,
    mut held: impl FnMut(NonNull<Header>, u32),
) -> Found {
    let traced = trace::trace(space, scope, &mut clock);
    let subtracted = if traced.in_time {
        subtract::subtract(&traced.table, |index, external| held(space.header(index), external))
    } else {
        Default::default()
    };
    let mut suspects = Suspects::new(space, &traced.table, &subtracted.suspects);
    if traced.foreign {
        hold::hold(&mut suspects, &subtracted.suspects, &mut clock);
    }
    let verdict = validate::validate(suspects, subtracted.suspects, &mut clock);
    Found {
        held: subtracted.held,
        garbage: verdict.garbage,
        ahead: verdict.ahead,
        candidates: traced.candidates,
        revived: verdict.revived,
        gave_up: !(traced.in_time && verdict.in_time),
        panics: traced.panics + verdict.panics,
        finalised: 0,
        resurrected: 0,
        orphans: [traced.orphans, verdict.orphans].concat(),
    }
}

/// Destroys what [`find`] found; returns the number of panics in drops. Runs code of the user's; does not panic.
pub(crate) fn destroy(found: Found) -> usize {
    let panics = destroy_orphans(found.orphans);
    // SAFETY: `find` condemned the objects and closed the verdict on them; consumed, so destroyed once.
    panics + unsafe { destroy::destroy_all(&found.garbage, |index| found.ahead.next(index)) }
}

/// Destroys objects whose last drop left them to the collector; returns the number of panics.
pub(crate) fn destroy_orphans(orphans: Vec<NonNull<Header>>) -> usize {
    // SAFETY: whoever found an orphan was the one who saw its count at 0; consumed, so destroyed once.
    let panics = orphans
        .into_iter()
        .map(|orphan| unsafe { destroy::destroy_quietly(orphan) });
    panics.sum()
}
