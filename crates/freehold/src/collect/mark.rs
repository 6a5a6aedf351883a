//! Marking: what the roots reach over recorded edges.
//!
//! An object's record lies anywhere in the table, so a plain depth-first search waits for memory twice at each object: for
//! where its record begins, and for the record. Objects therefore pass through a short queue between the stack and the
//! work on their edges; at its entrance the first is asked for, half-way the second. (Cher, Hosking and Vitek, *Software
//! Prefetching for Mark-Sweep Garbage Collection*, ASPLOS 2004: the queue before the marker.) The order of marking does not
//! matter to the result.

use super::bits::Bits;
use super::table::Table;

/// Objects in the queue: enough for the memory to answer twice, few enough to stay in the cache.
const QUEUE: usize = 16;

/// The objects that `roots` reach, themselves included. O(objects + edges reached).
///
/// The roots' records are read in the order in which they lie; only what is reached from them goes through the queue.
pub(crate) fn mark(table: &Table, roots: Bits) -> Bits {
    let mut marker = Marker {
        table,
        live: roots.clone(),
        grey: Vec::new(),
        queue: [0; QUEUE],
        entered: 0,
        left: 0,
    };
    table.for_each_record(|index, seen| {
        if roots.contains(index) {
            marker.reach(seen.edges);
            if marker.grey.len() >= QUEUE {
                marker.work();
            }
        }
    });
    marker.work();
    marker.live
}

struct Marker<'a> {
    table: &'a Table,
    live: Bits,
    /// Objects marked, whose edges are to be followed, and that are not in the queue.
    grey: Vec<u32>,
    /// A ring; `entered` and `left` count for ever.
    queue: [u32; QUEUE],
    entered: usize,
    left: usize,
}

impl Marker<'_> {
    #[inline]
    fn reach(&mut self, targets: &[u32]) {
        for &target in targets {
            if self.live.insert(target) {
                self.grey.push(target);
            }
        }
    }

    /// Follows edges until none is left to follow.
    fn work(&mut self) {
        loop {
            if let Some(index) = self.grey.pop() {
                self.enter(index);
                if self.entered - self.left < QUEUE {
                    continue;
                }
            } else if self.entered == self.left {
                return;
            }
            self.leave();
        }
    }

    fn enter(&mut self, index: u32) {
        self.table.prefetch_start(index);
        self.queue[self.entered % QUEUE] = index;
        self.entered += 1;
        if self.entered - self.left > QUEUE / 2 {
            self.table
                .prefetch_record(self.queue[(self.entered - 1 - QUEUE / 2) % QUEUE]);
        }
    }

    fn leave(&mut self) {
        let index = self.queue[self.left % QUEUE];
        self.left += 1;
        self.reach(self.table.edges(index));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::collect::table::Chunk;
    use crate::header::Recorded;
    use crate::trace::Manner;
    use proptest::prelude::*;

    fn table(edges: &[Vec<u32>]) -> Table {
        let mut chunk = Chunk::new(0, edges.len());
        for targets in edges {
            chunk.push(Recorded::for_test(1), targets.iter().copied(), &[], Manner::PLAIN);
        }
        Table::of(vec![chunk], edges.len())
    }

    /// The oracle: a set that grows until it does not.
    fn reachable(edges: &[Vec<u32>], roots: &[u32]) -> Vec<u32> {
        let mut reached: Vec<u32> = roots.to_vec();
        loop {
            let before = reached.len();
            reached.extend(reached.clone().iter().flat_map(|&index| edges[index as usize].clone()));
            reached.sort_unstable();
            reached.dedup();
            if reached.len() == before {
                return reached;
            }
        }
    }

    proptest! {
        #[test]
        fn marks_what_is_reachable(
            (edges, roots) in (1u32..80).prop_flat_map(|n| (
                prop::collection::vec(prop::collection::vec(0..n, 0..5), n as usize),
                prop::collection::btree_set(0..n, 0..4),
            ))
        ) {
            let roots: Vec<u32> = roots.into_iter().collect();
            let mut set = Bits::new(edges.len());
            roots.iter().for_each(|&root| _ = set.insert(root));
            let live = mark(&table(&edges), set);
            let marked: Vec<u32> = (0..edges.len() as u32).filter(|&index| live.contains(index)).collect();
            prop_assert_eq!(marked, reachable(&edges, &roots));
        }
    }
}
