//! Objects and bytes by type. O(objects + types log types).

use crate::{Snapshot, TypeId};

/// The objects of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CensusRow {
    /// The type.
    pub type_id: TypeId,
    /// How many.
    pub objects: u64,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
}

/// Every type that has objects, most bytes first.
pub(crate) fn census(snapshot: &Snapshot) -> Vec<CensusRow> {
    let mut rows: Vec<CensusRow> = (0..snapshot.types.flags.len())
        .map(|type_id| CensusRow {
            type_id: TypeId(type_id as u32),
            objects: 0,
            bytes: 0,
        })
        .collect();
    let objects = snapshot.objects.type_id.iter().zip(&snapshot.objects.size);
    for (type_id, size) in objects {
        let row = &mut rows[*type_id as usize];
        row.objects += 1;
        row.bytes = row.bytes.saturating_add(*size);
    }
    rows.retain(|row| row.objects > 0);
    rows.sort_by_key(|row| std::cmp::Reverse((row.bytes, row.objects)));
    rows
}
