//! The second look: condemn each suspect if nothing about it changed, and revive what turns out to be in use.
//!
//! An object fails if its word or one of its cells changed. Then a mutator was at it since the first look, and may have
//! been at anything that it reaches over recorded edges; all of that is revived with it. What remains was garbage at a
//! moment between the looks, and stays so but for rescues by weak handles ([`verdict`]).

use super::ahead::Ahead;
use super::clock::Clock;
use super::space::Space;
use super::suspects::Suspects;
use super::table::Seen;
use super::visit::see;
use crate::destroy::end_weak;
use crate::header::Header;
use crate::trace::{Tracer, are_still};
use crate::verdict;
use std::ptr::NonNull;

/// The outcome.
pub(crate) struct Validated {
    pub(crate) garbage: Vec<NonNull<Header>>,
    pub(crate) ahead: Ahead,
    pub(crate) revived: usize,
    pub(crate) panics: usize,
    /// Objects whose last handle went while the collector was at them, and that turned out not to be garbage.
    pub(crate) orphans: Vec<NonNull<Header>>,
    /// Every suspect was looked at again soon enough.
    pub(crate) in_time: bool,
}

/// Condemns what is garbage among `all` suspects, and closes the verdict on it.
pub(super) fn validate<S: Space>(suspects: Suspects<'_, S>, all: Vec<u32>, clock: &mut impl Clock) -> Validated {
    let (space, table) = (suspects.space, suspects.table);
    let mut second = Second {
        suspects,
        tracer: Tracer::stamps_only(),
    };
    verdict::open();
    second.look(&all, clock);
    let mut suspects = second.suspects;
    while let Err(rescued) = verdict::close() {
        for header in rescued {
            if let Some(index) = space.index(header) {
                suspects.revive(index);
            }
        }
    }
    let number = all.len();
    let mut condemned = all;
    condemned.retain(|&index| suspects.in_question(index));
    let garbage: Vec<_> = condemned.iter().map(|&index| space.header(index)).collect();
    // SAFETY: condemned, and the verdict on them is closed.
    garbage.iter().for_each(|&header| unsafe { end_weak(header) });
    Validated {
        revived: number - garbage.len(),
        ahead: Ahead::of(space, table, &condemned),
        garbage,
        panics: suspects.panics,
        orphans: suspects.orphans,
        in_time: suspects.in_time,
    }
}

/// The second look in progress.
struct Second<'a, S> {
    suspects: Suspects<'a, S>,
    tracer: Tracer,
}

impl<S: Space> Second<'_, S> {
    /// Condemns all that can be, or none if it takes too long.
    fn look(&mut self, all: &[u32], clock: &mut impl Clock) {
        for (position, &index) in all.iter().enumerate() {
            if self.suspects.in_question(index) && !self.confirm(index) {
                self.suspects.revive(index);
            }
            if clock.is_due() {
                self.suspects.refresh(&all[position + 1..], clock);
            }
        }
        // The last refresh may be long ago, if the thread was kept from running.
        self.suspects.in_time &= !clock.is_late();
        if !self.suspects.in_time {
            all.iter().for_each(|&index| self.suspects.revive(index));
        }
    }

    /// Condemns the object, then compares its cells: condemned first, which keeps the payload in place meanwhile.
    fn confirm(&mut self, index: u32) -> bool {
        if !self.suspects.condemn(index) {
            return false;
        }
        let header = self.suspects.space.header(index);
        let Seen { stamps, manner, .. } = self.suspects.table.seen(index);
        if manner.is_direct() {
            // SAFETY: recorded by the first look; condemned with the same word, so it is the same object, and stays.
            return unsafe { are_still(header, stamps) };
        }
        self.suspects.panics += usize::from(see(header, &mut self.tracer));
        self.tracer.seen().is_some_and(|(_, now)| now == stamps)
    }
}
