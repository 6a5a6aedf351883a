//! Arbitrary graphs.

use proptest::prelude::*;

use crate::common::Shape;

/// Graphs of up to `objects` objects, sparse enough to have structure.
pub fn shapes(objects: u32) -> impl Strategy<Value = Shape> {
    (1..=objects).prop_flat_map(|count| {
        let sizes = prop::collection::vec(1_u64..100, count as usize);
        let edges = prop::collection::vec((0..count, 0..count), 0..=(count as usize * 2));
        let roots = prop::collection::vec(0..count, 0..4);
        (sizes, edges, roots).prop_map(|(sizes, mut edges, roots)| {
            edges.sort_unstable();
            Shape { sizes, edges, roots }
        })
    })
}
