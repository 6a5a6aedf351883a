//! Subtract internal from recorded counts: what is left over is held from outside.
//!
//! CPython's `subtract_refs` and `move_unreachable`, over tables instead of the objects themselves.

use super::mark::mark;
use super::table::{Seen, Table};

/// What the first look tells of a heap.
#[derive(Debug, Default)]
pub(crate) struct Subtracted {
    /// The candidates that no root reaches, in order: held, as far as was seen, by each other only.
    pub(crate) suspects: Vec<u32>,
    /// The number of candidates with handles that were not found.
    pub(crate) held: usize,
}

/// Subtracts, marks, and calls `held` with each candidate that has handles which were not found, and their number.
/// O(candidates + edges).
pub(crate) fn subtract(table: &Table, mut held: impl FnMut(u32, u32)) -> Subtracted {
    let internal = internal_counts(table);
    let mut number = 0;
    let roots = table.candidates().filter(|&index| {
        let internal = internal[index as usize];
        if let Some(external @ 1..) = table.word(index).count().checked_sub(internal) {
            number += 1;
            held(index, external);
        }
        is_root(table, index, internal)
    });
    let live = mark(table, roots);
    Subtracted {
        suspects: table.candidates().filter(|&index| !live.contains(index)).collect(),
        held: number,
    }
}

/// For each slot, the number of edges to it from candidates.
fn internal_counts(table: &Table) -> Vec<u32> {
    let mut internal = vec![0u32; table.len()];
    for target in table.candidates().flat_map(|index| table.edges(index)) {
        let count = &mut internal[*target as usize];
        *count = count.saturating_add(1);
    }
    internal
}

/// Whether the object has handles that were not found inside, was not seen, or has changed since.
fn is_root(table: &Table, index: u32, internal: u32) -> bool {
    table.seen(index) == Seen::Opaque || table.has_changed(index) || table.word(index).count() > internal
}
