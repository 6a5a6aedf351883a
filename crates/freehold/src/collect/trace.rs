//! The first look: every object's word, edges and versions.
//!
//! Chunks of slots are looked at one by one; in a large heap by several threads, each of which takes the next chunk when it is
//! done with one ([`workers`]).

use super::clock::Clock;
use super::scope::Scope;
use super::space::Space;
use super::table::{CHUNK, Chunk, Table};
use super::visit::{Entered, enter, see};
use super::workers;
use crate::header::{Header, Recorded};
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
    /// Some showed handles in foreign locks.
    pub(crate) foreign: bool,
}

/// Looks at every object of `space` that is in `scope`.
pub(crate) fn trace<S: Space, C: Clock>(space: &S, scope: Scope, clock: &mut C) -> Traced {
    let numbers = (0..space.len() as u32).step_by(CHUNK as usize);
    let looks = workers::share(numbers, || Look::new(space, scope, clock.clone()), Look::chunk);
    let mut traced = Traced {
        table: Table::of(Vec::new(), 0),
        candidates: 0,
        panics: 0,
        orphans: Vec::new(),
        in_time: true,
        foreign: false,
    };
    let mut chunks = Vec::new();
    for (turn, mut look) in looks.into_iter().enumerate() {
        traced.candidates += look.candidates;
        traced.panics += look.panics;
        traced.orphans.append(&mut look.orphans);
        traced.in_time &= look.in_time;
        traced.foreign |= look.foreign;
        chunks.append(&mut look.done);
        match turn {
            0 => *clock = look.clock,
            _ => clock.join(look.clock),
        }
    }
    chunks.sort_unstable_by_key(Chunk::first);
    traced.table = Table::of(chunks, space.len());
    traced
}

/// One thread's look.
struct Look<'a, S, C> {
    space: &'a S,
    scope: Scope,
    clock: C,
    tracer: Tracer,
    done: Vec<Chunk>,
    candidates: usize,
    panics: usize,
    orphans: Vec<NonNull<Header>>,
    in_time: bool,
    foreign: bool,
}

// SAFETY: what it points at is made for sharing; see `Space`.
unsafe impl<S: Sync, C: Send> Send for Look<'_, S, C> {}

impl<'a, S: Space, C: Clock> Look<'a, S, C> {
    fn new(space: &'a S, scope: Scope, clock: C) -> Self {
        Look {
            space,
            scope,
            clock,
            tracer: Tracer::new(),
            done: Vec::new(),
            candidates: 0,
            panics: 0,
            orphans: Vec::new(),
            in_time: true,
            foreign: false,
        }
    }

    /// Looks at the chunk that begins with slot `first`.
    fn chunk(&mut self, first: u32) {
        let end = (first as usize + CHUNK as usize).min(self.space.len()) as u32;
        let mut chunk = Chunk::new(first, (end - first) as usize);
        self.space.for_each_in(first..end, |index, header| {
            let Some(word) = self.object(header) else { return };
            chunk.skip_to(index);
            match self.tracer.seen() {
                None => chunk.push_opaque(word),
                Some((edges, stamps)) => {
                    let edges = edges.iter().filter_map(|&target| self.space.index(target));
                    let manner = self.tracer.manner();
                    self.foreign |= manner.is_foreign();
                    chunk.push(word, edges, stamps, manner);
                }
            }
            if self.clock.is_due() {
                self.refresh(&mut chunk);
            }
        });
        chunk.skip_to(end);
        self.done.push(chunk);
    }

    /// Lets the tracer see the object in a slot, if it is a candidate.
    #[inline]
    fn object(&mut self, header: NonNull<Header>) -> Option<Recorded> {
        // SAFETY: header words of a space can be read at any time.
        if !self.scope.may_admit(unsafe { header.as_ref() }) {
            return None;
        }
        let look = |object: NonNull<Header>| {
            // SAFETY: claimed.
            let admitted = self.scope.admits(unsafe { object.as_ref() });
            admitted.then(|| see(object, &mut self.tracer))
        };
        match enter(header, look) {
            Entered::Alive(word, Some(panicked)) => {
                self.panics += usize::from(panicked);
                self.candidates += 1;
                Some(word)
            }
            Entered::Orphan => {
                self.orphans.push(header);
                None
            }
            Entered::Alive(_, None) | Entered::Vacant => None,
        }
    }

    /// Notes which of the objects recorded so far have changed.
    fn refresh(&mut self, current: &mut Chunk) {
        for chunk in self.done.iter_mut().chain([current]) {
            // SAFETY: header words of a space can be read at any time.
            let is_still = |index, word| unsafe { self.space.header(index).as_ref() }.is_still(word);
            let changed: Vec<u32> = chunk
                .candidates()
                .filter(|&(index, word)| !is_still(index, word))
                .map(|(index, _)| index)
                .collect();
            changed.into_iter().for_each(|index| chunk.note_changed(index));
        }
        self.in_time &= self.clock.refreshed();
    }
}
