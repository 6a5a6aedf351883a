//! Suspects that hang together: two are in one component if edges lead from one to the other, in whichever direction.
//!
//! Union–find over the suspects' recorded edges, with paths halved (Tarjan and van Leeuwen, *Worst-Case Analysis of Set Union
//! Algorithms*, JACM 1984). Of two roots the smaller number stays, so that a component is known by its first slot. Close to
//! O(suspects + edges), and 4 bytes per slot of the space.

use super::space::Space;
use super::suspects::Suspects;

/// Some of `all` suspects, each behind a number that is the same for all of its component; in the order of these, and within a
/// component in order.
pub(super) fn by_component<S: Space>(suspects: &Suspects<'_, S>, all: &[u32], some: Vec<u32>) -> Vec<(u32, u32)> {
    let mut forest = Forest((0..suspects.table.len() as u32).collect());
    for &index in all {
        for &target in suspects.table.edges(index) {
            if suspects.in_question(target) {
                forest.join(index, target);
            }
        }
    }
    let mut grouped: Vec<_> = some.into_iter().map(|index| (forest.root(index), index)).collect();
    grouped.sort_unstable();
    grouped
}

/// For each number its parent; a root is its own.
struct Forest(Vec<u32>);

impl Forest {
    fn root(&mut self, mut index: u32) -> u32 {
        loop {
            let parent = self.0[index as usize];
            if parent == index {
                return index;
            }
            let grandparent = self.0[parent as usize];
            self.0[index as usize] = grandparent;
            index = grandparent;
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_has_one_root() {
        let mut forest = Forest((0..10).collect());
        for (one, other) in [(9, 8), (3, 5), (8, 3), (1, 2), (5, 9)] {
            forest.join(one, other);
        }
        let roots: Vec<_> = (0..10).map(|index| forest.root(index)).collect();
        assert_eq!(roots, [0, 1, 1, 3, 4, 3, 6, 7, 3, 3]);
    }
}
