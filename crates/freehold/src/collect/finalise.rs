//! Finalising what was found to be garbage, in the order of PEP 442: finalisers first, each once, with all of the garbage
//! intact and its weak handles dead; then another look; then destruction of what is garbage still.
//!
//! Finalisers are code of the user's. They may store handles to the garbage where they outlive them, and hand them to other
//! threads; so what was found is first acquitted, and the objects are ordinary ones again. The second look is an ordinary
//! collection, whose candidates are those objects. It is right whatever became of the slots meanwhile: a collection
//! may consider any set of objects.

use super::Found;
use super::space::{Slots, Space};
use crate::destroy::{destroy_quietly, finalize_quietly};
use crate::header::Header;
use std::ptr::NonNull;

/// Runs the finalisers of what was found, and has `look_again` find what is garbage after that. Does nothing if there is no
/// finaliser to run. Runs code of the user's; does not panic.
pub(crate) fn finalise(mut found: Found, look_again: impl FnOnce(&Slots) -> Found) -> Found {
    // SAFETY: condemned, so nobody else destroys them.
    let is_unfinalised = |header: &NonNull<Header>| unsafe { header.as_ref() }.is_unfinalised();
    let finalisable: Vec<_> = found.garbage.iter().copied().filter(is_unfinalised).collect();
    if finalisable.is_empty() {
        return found;
    }
    let those = Slots::new(std::mem::take(&mut found.garbage));
    // From here on the objects live by their counts, so those whose finalisers we will run first get a handle of ours.
    for header in &finalisable {
        // SAFETY: condemned; counts of garbage are not 0.
        unsafe { header.as_ref() }.increment();
    }
    found.orphans.extend(acquit(&those));
    for work in [run, let_go] {
        // SAFETY: our handles keep the objects alive, and each is given up once.
        let panics = finalisable.iter().map(|&header| unsafe { work(header) });
        found.panics += panics.sum::<usize>();
    }
    let again = look_again(&those);
    (found.garbage, found.ahead) = (again.garbage, again.ahead);
    found.panics += again.panics;
    found.orphans.extend(again.orphans);
    found.finalised = finalisable.len();
    found.resurrected = those.len() - found.garbage.len();
    found
}

/// Takes the condemnation back, which leaves each object to its handles. Returns those that have none any more: whoever asks
/// the heap for its objects (`gc::referrers`) finds those that are acquitted already, and may take handles to others out of
/// them.
fn acquit(those: &Slots) -> Vec<NonNull<Header>> {
    // SAFETY: condemned by the collection that found it.
    those
        .iter()
        .filter(|header| unsafe { header.as_ref() }.revive())
        .collect()
}

/// Runs a finaliser; returns the number of panics. It has not run by other means since it was found unfinalised: the caller's
/// handle keeps the object alive, and away from other collections.
///
/// # Safety
/// The caller has a handle to the object.
unsafe fn run(header: NonNull<Header>) -> usize {
    // SAFETY: alive by the caller's handle.
    unsafe {
        header.as_ref().set_finalised();
        finalize_quietly(header)
    }
}

/// Gives a handle up; returns the number of panics.
///
/// # Safety
/// The caller has a handle to the object, which is gone then.
unsafe fn let_go(header: NonNull<Header>) -> usize {
    // SAFETY: alive by the caller's handle until here.
    let last = unsafe { header.as_ref() }.decrement();
    match last {
        // SAFETY: the count is 0 by our doing.
        true => unsafe { destroy_quietly(header) },
        false => 0,
    }
}
