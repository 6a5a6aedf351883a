//! Subtract internal from recorded counts: what is left over is held from outside.
//!
//! CPython's `subtract_refs` and `move_unreachable`, over tables instead of the objects themselves.

use super::bits::Bits;
use super::mark::mark;
use super::table::Table;

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
    let mut roots = Bits::new(table.len());
    let mut number = 0;
    for (index, word) in table.candidates() {
        let external = word.count().saturating_sub(internal[index as usize]);
        if external > 0 {
            number += 1;
            held(index, external);
        }
        if external > 0 || table.is_rooted(index) {
            roots.insert(index);
        }
    }
    let live = mark(table, roots);
    let suspects = table.candidates().map(|(index, _)| index);
    Subtracted {
        suspects: suspects.filter(|&index| !live.contains(index)).collect(),
        held: number,
    }
}

/// For each slot, the number of edges to it from candidates.
fn internal_counts(table: &Table) -> Vec<u32> {
    let mut internal = vec![0u32; table.len()];
    table.for_each_record(|_, seen| {
        for &target in seen.edges {
            let count = &mut internal[target as usize];
            *count = count.saturating_add(1);
        }
    });
    internal
}
