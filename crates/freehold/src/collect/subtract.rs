//! Subtract internal from recorded counts: what is left over is held from outside.
//!
//! CPython's `subtract_refs` and `move_unreachable`, over tables instead of the objects themselves.

use super::mark::mark;
use super::table::{Seen, Table};

/// The candidates that no root reaches, in order: held, as far as was seen, by each other only. O(candidates + edges).
pub(crate) fn suspects(table: &Table) -> Vec<u32> {
    let internal = internal_counts(table);
    let roots = table
        .candidates()
        .filter(|&index| is_root(table, index, internal[index as usize]));
    let live = mark(table, roots);
    table.candidates().filter(|&index| !live.contains(index)).collect()
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
