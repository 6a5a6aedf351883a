//! The first look: every object's word, edges and versions.

use super::clock::Clock;
use super::scope::Scope;
use super::space::Space;
use super::table::Table;
use super::visit::{Entered, enter, see};
use crate::header::Header;
use crate::trace::Tracer;
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

/// Looks at every object of `space` that is in `scope`.
pub(crate) fn trace<S: Space>(space: &S, scope: Scope, clock: &mut impl Clock) -> Traced {
    let mut traced = Traced {
        table: Table::with_capacity(space.len()),
        candidates: 0,
        panics: 0,
        orphans: Vec::new(),
        in_time: true,
    };
    let mut tracer = Tracer::new();
    space.for_each(|index, header| {
        // SAFETY: header words of a space can be read at any time.
        if !scope.may_admit(unsafe { header.as_ref() }) {
            return;
        }
        let look = |object: &Header| scope.admits(object).then(|| see(header, &mut tracer));
        let word = match enter(header, look) {
            Entered::Orphan => return traced.orphans.push(header),
            Entered::Alive(word, Some(panicked)) => {
                traced.panics += usize::from(panicked);
                word
            }
            Entered::Alive(_, None) | Entered::Vacant => return,
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
