//! Leak suspects: what looks like memory that the program will not use again, and who holds it.
//!
//! Two kinds. *Accumulation* ([`accumulation`], [`shared`], [`chain`]): a container that holds many objects of a kind, and
//! grows ([`growth`]). *Garbage cycles* ([`cycles`], [`ring`]): objects that no root reaches. The thresholds are in
//! [`threshold`], the words in [`sentence`].

mod accumulation;
mod chain;
mod contents;
mod cycles;
mod growth;
mod ring;
mod sentence;
mod shared;
mod threshold;

pub(crate) use chain::is_head_of_chain;
pub use growth::Growth;

use crate::heap::Heap;
use crate::path::Path;
use crate::suspect::accumulation::Accumulation;
use crate::suspect::cycles::Cluster;
use crate::{ObjectId, TypeId};

/// What sort of leak is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuspectKind {
    /// Objects pile up in a container.
    Accumulation,
    /// Unreachable reference cycles wait for the cycle collector.
    GarbageCycles,
}

impl SuspectKind {
    /// The kind as JSON reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            SuspectKind::Accumulation => "accumulation",
            SuspectKind::GarbageCycles => "garbage-cycles",
        }
    }
}

/// How sure a suspicion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It is large; whether it grows, or stays, is not known.
    Low,
    /// It grew whenever it was looked at, which was a few times or not for long.
    Medium,
    /// It kept growing, or is unreachable and nothing is about to free it.
    High,
}

impl Confidence {
    /// The confidence as JSON reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// One suspected leak.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Its kind.
    pub kind: SuspectKind,
    /// The finding in plain English.
    pub sentence: String,
    /// The container, or the object that stands for one of the cycles.
    pub object: ObjectId,
    /// Bytes that would be freed.
    pub retained: u64,
    /// The type that piles up, or that characterises the cycles.
    pub type_id: TypeId,
    /// How many objects of that type.
    pub count: u64,
    /// Groups of garbage that nothing else holds; 0 for an accumulation.
    pub cycles: u64,
    /// The way from a root to `object`; none for garbage.
    pub path: Option<Path>,
    /// The path, or one representative cycle, as text.
    pub place: String,
    /// Further containers that hold the same objects, as text.
    pub also: Vec<String>,
    /// How the container grew, if that is known.
    pub growth: Option<Growth>,
    /// How sure this is.
    pub confidence: Confidence,
}

/// Every suspect, what is known first, then by bytes that would be freed.
pub(crate) fn find(heap: &Heap<'_>) -> Vec<Suspect> {
    let shared = shared::find(heap);
    let mut found = accumulation::find(heap, &shared);
    found.extend(shared);
    let mut suspects: Vec<Suspect> = found
        .into_iter()
        .map(|accumulation| accumulated(heap, accumulation))
        .collect();
    let clusters = cycles::find(heap).into_iter();
    suspects.extend(clusters.map(|cluster| clustered(heap, cluster)));
    suspects.sort_by_key(|suspect| {
        let guess = suspect.confidence == Confidence::Low;
        (guess, std::cmp::Reverse(suspect.retained), suspect.object)
    });
    suspects
}

fn accumulated(heap: &Heap<'_>, found: Accumulation) -> Suspect {
    let rendered = |object| {
        let path = heap.path(object);
        path.map(|path| path.render(heap.snapshot))
    };
    let path = heap.path(found.container);
    let place = path.as_ref().map(|it| it.render(heap.snapshot)).unwrap_or_default();
    let also: Vec<String> = found.also.iter().filter_map(|it| rendered(*it)).collect();
    Suspect {
        kind: SuspectKind::Accumulation,
        sentence: sentence::accumulation(heap, &found, &place, &also),
        object: ObjectId(found.container),
        retained: found.bytes,
        type_id: found.contents.type_id,
        count: found.contents.count,
        cycles: 0,
        path,
        place,
        also,
        growth: found.growth,
        confidence: found.growth.map_or(Confidence::Low, |it| it.confidence()),
    }
}

fn clustered(heap: &Heap<'_>, found: Cluster) -> Suspect {
    let place = ring::render(heap, &found);
    Suspect {
        kind: SuspectKind::GarbageCycles,
        sentence: sentence::cycles(heap, &found, &place),
        object: ObjectId(found.object),
        retained: found.bytes,
        type_id: found.type_id,
        count: found.objects,
        cycles: found.cycles,
        path: None,
        place,
        also: Vec::new(),
        growth: None,
        confidence: match cycles::obstacle(heap, &found) {
            cycles::Obstacle::None => Confidence::Low,
            _ => Confidence::High,
        },
    }
}
