//! The second look: condemn each suspect if nothing about it changed, and revive what turns out to be in use.
//!
//! An object fails if its word or one of its cells changed. Then a mutator was at it since the first look, and may have
//! been at anything that it reaches over recorded edges; all of that is revived with it. What remains was garbage at a
//! moment between the looks, and stays so but for rescues by weak handles ([`verdict`]).

use super::ahead::Ahead;
use super::bits::Bits;
use super::clock::Clock;
use super::space::Space;
use super::table::{Seen, Table};
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
    /// Objects whose last handle went while they were condemned, and that turned out not to be garbage.
    pub(crate) orphans: Vec<NonNull<Header>>,
    /// Every suspect was looked at again soon enough.
    pub(crate) in_time: bool,
}

/// Condemns what is garbage among `suspects`, and closes the verdict on it.
pub(crate) fn validate<S: Space>(space: &S, table: &Table, suspects: Vec<u32>, clock: &mut impl Clock) -> Validated {
    let mut second = Second::new(space, table, &suspects);
    verdict::open();
    let mut in_time = true;
    for (position, &index) in suspects.iter().enumerate() {
        if second.in_question(index) && !second.confirm(index) {
            second.revive(index);
        }
        if clock.is_due() {
            second.refresh(&suspects[position + 1..]);
            in_time &= clock.refreshed();
        }
    }
    // The last refresh may be long ago, if the thread was kept from running.
    in_time &= !clock.is_late();
    if !in_time {
        suspects.iter().for_each(|&index| second.revive(index));
    }
    while let Err(rescued) = verdict::close() {
        for header in rescued {
            if let Some(index) = space.index(header) {
                second.revive(index);
            }
        }
    }
    let number = suspects.len();
    let mut condemned = suspects;
    condemned.retain(|&index| second.in_question(index));
    let garbage: Vec<_> = condemned.iter().map(|&index| space.header(index)).collect();
    // SAFETY: condemned, and the verdict on them is closed.
    garbage.iter().for_each(|&header| unsafe { end_weak(header) });
    Validated {
        revived: number - garbage.len(),
        ahead: Ahead::of(space, table, &condemned),
        garbage,
        panics: second.panics,
        orphans: second.orphans,
        in_time,
    }
}

/// The second look in progress.
struct Second<'a, S> {
    space: &'a S,
    table: &'a Table,
    suspected: Bits,
    revived: Bits,
    condemned: Bits,
    tracer: Tracer,
    panics: usize,
    orphans: Vec<NonNull<Header>>,
}

impl<'a, S: Space> Second<'a, S> {
    fn new(space: &'a S, table: &'a Table, suspects: &[u32]) -> Self {
        let mut suspected = Bits::new(table.len());
        suspects.iter().for_each(|&index| _ = suspected.insert(index));
        Second {
            space,
            table,
            suspected,
            revived: Bits::new(table.len()),
            condemned: Bits::new(table.len()),
            tracer: Tracer::stamps_only(),
            panics: 0,
            orphans: Vec::new(),
        }
    }

    /// Whether the object is suspected and not revived.
    fn in_question(&self, index: u32) -> bool {
        self.suspected.contains(index) && !self.revived.contains(index)
    }

    /// Condemns the object, then compares its cells: condemned first, which keeps the payload in place meanwhile.
    fn confirm(&mut self, index: u32) -> bool {
        let header = self.space.header(index);
        // SAFETY: header words of a space can be read at any time.
        if !unsafe { header.as_ref() }.condemn(self.table.word(index)) {
            return false;
        }
        self.condemned.insert(index);
        let Seen { stamps, direct, .. } = self.table.seen(index);
        if direct {
            // SAFETY: recorded by the first look; condemned with the same word, so it is the same object, and stays.
            return unsafe { are_still(header, stamps) };
        }
        self.panics += usize::from(see(header, &mut self.tracer));
        self.tracer.seen().is_some_and(|(_, now)| now == stamps)
    }

    /// Revives those of the suspects not yet condemned whose word has changed.
    fn refresh(&mut self, suspects: &[u32]) {
        for &index in suspects {
            // SAFETY: header words of a space can be read at any time.
            let header = unsafe { self.space.header(index).as_ref() };
            if self.in_question(index) && !header.is_still(self.table.word(index)) {
                self.revive(index);
            }
        }
    }

    /// Revives an object and every suspect that it reaches over recorded edges.
    fn revive(&mut self, index: u32) {
        let mut grey = vec![index];
        while let Some(index) = grey.pop() {
            if !self.in_question(index) {
                continue;
            }
            self.revived.insert(index);
            if self.condemned.contains(index) {
                self.acquit(index);
            }
            grey.extend(self.table.edges(index));
        }
    }

    fn acquit(&mut self, index: u32) {
        let header = self.space.header(index);
        // SAFETY: condemned by us, so not destroyed by anyone else.
        if unsafe { header.as_ref() }.revive() {
            self.orphans.push(header);
        }
    }
}
