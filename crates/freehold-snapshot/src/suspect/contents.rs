//! What a container really holds: the objects behind the runtime's plumbing, by type.
//!
//! A list of bound methods holds sessions, a dict of tuples holds orders. Each thing held is followed down its
//! dominated children, heaviest first, while it is of the runtime's own types.

use std::cmp::Reverse;

use crate::TypeId;
use crate::heap::Heap;
use crate::maps::Map;
use crate::suspect::chain::heaviest_child;
use crate::suspect::threshold::{LARGEST_MEMBER, LEAST_COUNT, OWN_TYPE_SHARE};

/// Plumbing is at most a few layers thick: tuple, method, instance.
const DEEPEST: usize = 4;

/// The objects of one type among what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    /// The type behind the plumbing.
    pub type_id: TypeId,
    /// The plumbing they are held through, if any.
    pub through: Option<TypeId>,
    /// How many.
    pub count: u64,
    /// What they and their plumbing retain.
    pub bytes: u64,
    /// The most that one of them retains.
    pub largest: u64,
}

impl Contents {
    /// Whether these are many alike, rather than a few fields or one large object among small ones.
    pub(super) fn is_accumulation(&self) -> bool {
        let largest = self.largest as f64;
        self.count >= LEAST_COUNT && largest <= self.bytes as f64 * LARGEST_MEMBER
    }

    /// The type that says best what `held` is: the program's own if it matters at all, else the heaviest.
    pub(super) fn main(heap: &Heap<'_>, held: impl Iterator<Item = u32>) -> Option<Contents> {
        let by_type = group(heap, held);
        let total = by_type.iter().fold(0, |total: u64, it| total.saturating_add(it.bytes));
        let is_own = |contents: &&Contents| {
            let flags = heap.snapshot.type_flags(contents.type_id);
            !flags.contains(crate::TypeFlags::BUILTIN) && contents.bytes as f64 >= total as f64 * OWN_TYPE_SHARE
        };
        let heaviest = |contents: &&Contents| (contents.bytes, contents.count, Reverse(contents.type_id));
        let own = by_type.iter().filter(is_own).max_by_key(heaviest);
        own.or(by_type.iter().max_by_key(heaviest)).copied()
    }
}

/// Adds up what is held by type.
fn group(heap: &Heap<'_>, held: impl Iterator<Item = u32>) -> Vec<Contents> {
    let mut by_type: Map<TypeId, Contents> = Map::default();
    for object in held {
        let behind = look_through(heap, object);
        let type_id = heap.type_id(behind);
        let through = (behind != object).then(|| heap.type_id(object));
        let contents = by_type.entry(type_id).or_insert(Contents {
            type_id,
            through,
            count: 0,
            bytes: 0,
            largest: 0,
        });
        let bytes = heap.retained(object);
        contents.count += 1;
        contents.bytes = contents.bytes.saturating_add(bytes);
        contents.largest = contents.largest.max(bytes);
    }
    by_type.into_values().collect()
}

/// The first object of the program's own types below `object`, or `object` if plumbing is all there is.
pub(super) fn look_through(heap: &Heap<'_>, object: u32) -> u32 {
    let mut at = object;
    for _ in 0..DEEPEST {
        if !heap.is_builtin(at) {
            return at;
        }
        match heaviest_child(heap, at) {
            Some(child) => at = child,
            None => return object,
        }
    }
    if heap.is_builtin(at) { object } else { at }
}
