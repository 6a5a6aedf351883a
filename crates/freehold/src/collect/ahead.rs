//! Asking for the memory that destruction is about to touch.
//!
//! A payload's drop counts down each object that it points at. In a large heap each of these headers is a wait for memory, and
//! an atomic operation lets nothing overtake it. But the first look has recorded where the handles lead; so the headers are
//! asked for [`DISTANCE`] objects ahead.

use super::prefetch::prefetch;
use super::space::Space;
use super::table::Table;
use crate::header::Header;
use std::ptr::NonNull;

/// Objects from asking to use: enough for the memory to answer.
const DISTANCE: usize = 8;
/// Less garbage than this is in the cache.
const LEAST: usize = 1 << 13;

/// For each of some objects, the headers that its drop will touch.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    targets: Vec<NonNull<Header>>,
    /// Where those of each object end.
    ends: Vec<usize>,
}

impl Ahead {
    /// What the drops of `objects`, in this order, will touch. Nothing, if there are few.
    pub(crate) fn of<S: Space>(space: &S, table: &Table, objects: &[u32]) -> Self {
        let mut ahead = Ahead::default();
        if objects.len() < LEAST {
            return ahead;
        }
        ahead.ends.reserve(objects.len());
        for &index in objects {
            let targets = table.edges(index).iter().map(|&target| space.header(target));
            ahead.targets.extend(targets);
            ahead.ends.push(ahead.targets.len());
        }
        ahead
    }

    /// Object `index` is next to be dropped.
    #[inline]
    pub(crate) fn next(&self, index: usize) {
        let soon = index + DISTANCE;
        if let (Some(&start), Some(&end)) = (self.ends.get(soon - 1), self.ends.get(soon)) {
            self.targets[start..end]
                .iter()
                .for_each(|target| prefetch(target.as_ptr()));
        }
    }
}
