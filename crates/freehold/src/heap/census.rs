//! The census: objects and bytes by type.

use crate::collect::{HeapSpace, Inside, control};
use crate::header::Header;
use freehold_pool::Kind;
use std::collections::HashMap;
use std::ptr::NonNull;

/// One type's share of the heap.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CensusRow {
    /// The type's full path.
    pub type_name: &'static str,
    /// Objects alive.
    pub objects: usize,
    /// Bytes of their payloads and headers.
    pub bytes: usize,
}

/// Objects and bytes by type, most bytes first. Cost: O(objects); other threads go on. Empty when called from the drop of
/// an object that a collection destroys.
///
/// ```
/// use freehold::{Gc, heap};
/// let _numbers: Vec<Gc<u64>> = (0..10).map(Gc::new).collect();
/// let census = heap::census();
/// assert!(census.iter().any(|row| row.type_name == "u64" && row.objects >= 10));
/// ```
pub fn census() -> Vec<CensusRow> {
    let by_type = control::with_heap_still(count).unwrap_or_default();
    let mut rows: Vec<_> = by_type
        .into_iter()
        .map(|(type_name, (objects, bytes))| CensusRow {
            type_name,
            objects,
            bytes,
        })
        .collect();
    rows.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.type_name.cmp(b.type_name)));
    rows
}

/// Objects and bytes by type.
type Counts = HashMap<&'static str, (usize, usize)>;

fn count() -> (Counts, Vec<NonNull<Header>>) {
    let mut by_type = Counts::new();
    let orphans = HeapSpace::of(&[Kind::Traced, Kind::Leaf]).enter_each(|object| {
        // SAFETY: claimed.
        let object = unsafe { Inside::of(object) };
        let row: &mut (usize, usize) = by_type.entry(object.type_name).or_default();
        *row = (row.0 + 1, row.1 + object.size);
    });
    (by_type, orphans)
}
