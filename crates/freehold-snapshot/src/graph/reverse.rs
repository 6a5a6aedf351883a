//! The edges turned round: who holds an object.
//!
//! A counting sort by target, O(objects + references) time and 4 bytes a reference.

use crate::snapshot::Edges;

/// The holders of each object, in compressed sparse rows.
#[derive(Debug)]
pub(crate) struct Reverse {
    starts: Vec<u32>,
    sources: Vec<u32>,
}

impl Reverse {
    pub(crate) fn of(edges: &Edges) -> Reverse {
        let count = edges.starts.len() - 1;
        let mut starts = prefix_sums(count, &edges.targets);
        let mut sources = vec![0; edges.len()];
        // Filling from the back turns each row's end into its start.
        for from in (0..count as u32).rev() {
            for to in edges.targets(from).iter().rev() {
                let slot = &mut starts[*to as usize];
                *slot -= 1;
                sources[*slot as usize] = from;
            }
        }
        Reverse { starts, sources }
    }

    /// Who holds object `to`; a holder appears once for each reference.
    #[inline]
    pub(crate) fn sources(&self, to: u32) -> &[u32] {
        let to = to as usize;
        &self.sources[self.starts[to] as usize..self.starts[to + 1] as usize]
    }
}

/// Where the row of each of `count` keys ends, given the keys of all entries; and the total, once more.
pub(crate) fn prefix_sums(count: usize, keys: &[u32]) -> Vec<u32> {
    let mut ends = vec![0; count + 1];
    for key in keys {
        ends[*key as usize] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        total += *end;
        *end = total;
    }
    ends
}
