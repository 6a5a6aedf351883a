//! What collections did.

use crate::collect::totals::TOTALS;
use crate::generation::Generation;
use crate::heap;
use crate::pauses::{Pauses, pauses};
use std::time::Duration;

/// What one collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// The oldest generation that was looked at.
    pub generation: Generation,
    /// Objects destroyed because only unreachable cycles held them.
    pub collected: usize,
    /// Objects looked at.
    pub candidates: usize,
    /// Objects suspected at the first look and found in use at the second.
    pub revived: usize,
    /// Finalisers run on what was found.
    pub finalised: usize,
    /// Objects that were garbage until finalisers ran, and that those kept, or let go one by one.
    pub resurrected: usize,
    /// Objects that something the collector cannot see held: the roots that it started from. A count of what is on stacks, in
    /// statics and in fields that are skipped; see [`Debug::UNCOLLECTABLE`](crate::gc::Debug::UNCOLLECTABLE).
    pub uncollectable: usize,
    /// The heap is so large, or the machine so slow, that an object had to wait longer than ten seconds between two looks,
    /// which then prove nothing: nothing was collected. Never seen but on purpose.
    pub gave_up: bool,
    /// Panics in `trace`, in finalisers, or in the drops of garbage. The objects are dealt with all the same.
    pub panics: usize,
    /// From the first look to the last drop.
    pub duration: Duration,
}

/// Totals of the collections of one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerationStats {
    /// Collections run.
    pub collections: u64,
    /// Objects looked at by them, together.
    pub candidates: u64,
    /// Objects destroyed by them.
    pub collected: u64,
    /// Objects held by something that they could not see, together.
    pub uncollectable: u64,
}

/// Totals since the start of the process, and the heap as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// By generation, the youngest first: of collections whose oldest generation it was.
    pub generations: [GenerationStats; 3],
    /// Collections run.
    pub collections: u64,
    /// Objects destroyed by them.
    pub collected: u64,
    /// Objects looked at by them, together.
    pub candidates: u64,
    /// Objects suspected and found in use.
    pub revived: u64,
    /// Panics in `trace`, in finalisers on garbage, and in the drops of garbage.
    pub panics: u64,
    /// How long the program's threads waited for the collector.
    pub pauses: Pauses,
    /// Slots of tracked objects in use beyond what came out of the last collection: garbage at most.
    pub backlog: usize,
    /// Objects alive now, of all types.
    pub live_objects: usize,
    /// Bytes in their slots, headers included.
    pub live_bytes: usize,
}

/// Totals, and the heap as it is. Cost: a look at every slot, about a nanosecond each; other threads go on.
pub fn stats() -> Stats {
    let (live_objects, live_bytes) = heap::live();
    let generations = Generation::ALL.map(|generation| TOTALS.generation(generation));
    let sum = |field: fn(&crate::gc::GenerationStats) -> u64| generations.iter().map(field).sum();
    Stats {
        generations,
        collections: sum(|generation| generation.collections),
        collected: sum(|generation| generation.collected),
        candidates: sum(|generation| generation.candidates),
        revived: TOTALS.revived(),
        panics: TOTALS.panics(),
        pauses: pauses(),
        backlog: crate::collect::pace::count().young,
        live_objects,
        live_bytes,
    }
}
