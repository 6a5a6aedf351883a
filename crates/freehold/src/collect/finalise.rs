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

/// Garbage whose finalisers are to run.
pub(crate) struct Finalising {
    /// All that was found with it.
    those: Slots,
    /// The objects with a finaliser to run, and a handle of ours to each.
    finalisable: Vec<NonNull<Header>>,
}

impl Finalising {
    /// Takes the garbage out of what was found, if it has finalisers to run, and acquits it. While garbage is being found, so
    /// that nobody who asks the heap for its objects comes upon a part of it.
    pub(crate) fn begin(found: &mut Found) -> Option<Self> {
        // SAFETY: condemned, so nobody else destroys them.
        let is_unfinalised = |header: &NonNull<Header>| unsafe { header.as_ref() }.is_unfinalised();
        let finalisable: Vec<_> = found.garbage.iter().copied().filter(is_unfinalised).collect();
        if finalisable.is_empty() {
            return None;
        }
        for header in &finalisable {
            // SAFETY: condemned; counts of garbage are not 0.
            unsafe { header.as_ref() }.increment();
        }
        let those = Slots::new(std::mem::take(&mut found.garbage));
        for header in those.iter() {
            // SAFETY: condemned by the collection that found it.
            let orphan = unsafe { header.as_ref() }.revive();
            debug_assert!(
                !orphan,
                "the handles among the garbage are all there, and nobody else has reached it"
            );
        }
        Some(Finalising { those, finalisable })
    }

    /// Runs the finalisers, and has `look_again` find what is garbage after that. Runs code of the user's; does not panic.
    pub(crate) fn finish(self, found: &mut Found, look_again: impl FnOnce(&Slots) -> Found) {
        for work in [run, let_go] {
            // SAFETY: our handles keep the objects alive, and each is given up once.
            let panics = self.finalisable.iter().map(|&header| unsafe { work(header) });
            found.panics += panics.sum::<usize>();
        }
        let again = look_again(&self.those);
        found.finalised = self.finalisable.len();
        found.resurrected = self.those.len() - again.garbage.len();
        (found.garbage, found.ahead) = (again.garbage, again.ahead);
        found.panics += again.panics;
        found.orphans.extend(again.orphans);
    }
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
