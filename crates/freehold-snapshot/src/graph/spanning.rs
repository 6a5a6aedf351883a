//! A depth-first spanning tree of the whole heap, hung from one super-root.
//!
//! Vertices are renumbered in preorder: the super-root is 0, then comes all that is live, then the garbage.
//! Dominators are computed in this numbering, where an ancestor's number is always the smaller one.

use crate::graph::NONE;
use crate::snapshot::Edges;

/// The spanning tree, by preorder number.
pub(super) struct Spanning {
    /// The object with each number; [`NONE`] for the super-root.
    pub order: Vec<u32>,
    /// The tree parent's number of each number.
    pub parent: Vec<u32>,
    /// The number of each object, 0 while it is not visited.
    pub number: Vec<u32>,
    /// Numbers below this one are live, the others garbage.
    pub live_end: u32,
}

impl Spanning {
    /// Visits what `live` reaches, then what `garbage` reaches beyond that. O(objects + references).
    pub(super) fn grow(edges: &Edges, live: impl Iterator<Item = u32>, garbage: impl Iterator<Item = u32>) -> Spanning {
        let count = edges.starts.len() - 1;
        let mut tree = Spanning {
            order: Vec::with_capacity(count + 1),
            parent: Vec::with_capacity(count + 1),
            number: vec![0; count],
            live_end: 0,
        };
        tree.order.push(NONE);
        tree.parent.push(0);
        let mut stack = Vec::new();
        live.for_each(|root| tree.visit(edges, root, &mut stack));
        tree.live_end = tree.order.len() as u32;
        garbage.for_each(|root| tree.visit(edges, root, &mut stack));
        tree
    }

    /// Visits the part of the graph below `root` that was not visited before.
    fn visit(&mut self, edges: &Edges, root: u32, stack: &mut Vec<(u32, u32)>) {
        if self.number[root as usize] != 0 {
            return;
        }
        self.enter(root, 0);
        stack.push((root, edges.starts[root as usize]));
        while let Some((vertex, next)) = stack.last_mut() {
            if *next == edges.starts[*vertex as usize + 1] {
                stack.pop();
                continue;
            }
            let to = edges.targets[*next as usize];
            *next += 1;
            if self.number[to as usize] == 0 {
                let parent = self.number[*vertex as usize];
                self.enter(to, parent);
                stack.push((to, edges.starts[to as usize]));
            }
        }
    }

    fn enter(&mut self, object: u32, parent: u32) {
        self.number[object as usize] = self.order.len() as u32;
        self.order.push(object);
        self.parent.push(parent);
    }
}
