//! The suspects of one collection: which of them are still in question, and which are condemned.
//!
//! An object that turns out to be in use is *revived* with every suspect that it reaches over recorded edges; so no
//! suspect left is reached from one that was revived.

use super::bits::Bits;
use super::clock::Clock;
use super::space::Space;
use super::table::Table;
use crate::header::Header;
use std::ptr::NonNull;

/// The suspects, as far as they are judged.
pub(super) struct Suspects<'a, S> {
    pub(super) space: &'a S,
    pub(super) table: &'a Table,
    suspected: Bits,
    revived: Bits,
    condemned: Bits,
    /// Panics in `trace`.
    pub(super) panics: usize,
    /// Objects whose last handle went while the collector was at them, and that turned out not to be garbage.
    pub(super) orphans: Vec<NonNull<Header>>,
    /// Every suspect was looked at again soon enough.
    pub(super) in_time: bool,
}

impl<'a, S: Space> Suspects<'a, S> {
    pub(super) fn new(space: &'a S, table: &'a Table, all: &[u32]) -> Self {
        let mut suspected = Bits::new(table.len());
        all.iter().for_each(|&index| _ = suspected.insert(index));
        Suspects {
            space,
            table,
            suspected,
            revived: Bits::new(table.len()),
            condemned: Bits::new(table.len()),
            panics: 0,
            orphans: Vec::new(),
            in_time: true,
        }
    }

    /// Whether the object is suspected and not revived.
    #[inline]
    pub(super) fn in_question(&self, index: u32) -> bool {
        self.suspected.contains(index) && !self.revived.contains(index)
    }

    /// Condemns the object, if its word is as recorded.
    #[inline]
    pub(super) fn condemn(&mut self, index: u32) -> bool {
        // SAFETY: header words of a space can be read at any time.
        let condemned = unsafe { self.space.header(index).as_ref() }.condemn(self.table.word(index));
        if condemned {
            self.condemned.insert(index);
        }
        condemned
    }

    /// A refresh: revives those of `some`, not condemned yet, whose words have changed.
    pub(super) fn refresh(&mut self, some: &[u32], clock: &mut impl Clock) {
        for &index in some {
            // SAFETY: header words of a space can be read at any time.
            let header = unsafe { self.space.header(index).as_ref() };
            if self.in_question(index) && !header.is_still(self.table.word(index)) {
                self.revive(index);
            }
        }
        self.in_time &= clock.refreshed();
    }

    /// Revives an object and every suspect that it reaches over recorded edges.
    pub(super) fn revive(&mut self, index: u32) {
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
