//! The benchmark `trees`: many binary trees, short-lived and of several depths, beside one that stays.
//!
//! After Boehm's GCBench (after Ellis and Kovac) and the *binary-trees* program of the Benchmarks Game: about as many
//! nodes are made at each depth, so shallow trees come in large numbers. Each tree is walked once. With parents each
//! child has a handle to its parent, so that every tree is one cycle; without, counting alone frees them.

use super::structure::{self, PEERS, Structure};
use super::{Benchmark, Job, Report};
use crate::edges::Few;
use crate::peer::Heap;

/// Where a node keeps its parent; its children come before.
const PARENT: usize = 2;

/// The benchmark.
pub struct Trees;

impl Benchmark for Trees {
    fn name(&self) -> &'static str {
        "trees"
    }

    fn variants(&self) -> Vec<String> {
        vec!["children only".to_owned(), "with parents".to_owned()]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        PEERS
    }

    fn rounds(&self) -> u64 {
        5
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let work = Growing {
            deepest: 16,
            with_parents: job.variant == 1,
        };
        structure::measure(work, &job.peer)
    }
}

#[derive(Clone, Copy)]
struct Growing {
    deepest: u32,
    with_parents: bool,
}

impl Structure for Growing {
    type Shape = Few;

    fn smaller(self) -> Self {
        Self {
            deepest: self.deepest - 4,
            ..self
        }
    }

    fn run<H: Heap<Few>>(self, heap: &mut H) {
        heap.work(|scope, roots| roots.push(self.grow::<H>(scope, self.deepest)));
        for depth in (4..=self.deepest).step_by(4) {
            for _ in 0..1_u32 << (self.deepest - depth + 3) {
                let nodes = heap.work(|scope, _| walk::<H>(scope, &self.grow::<H>(scope, depth)));
                assert_eq!(nodes, (1 << (depth + 1)) - 1, "a node is missing");
            }
        }
    }
}

impl Growing {
    /// A tree of that depth, from the leaves up.
    fn grow<'h, H: Heap<Few>>(self, scope: H::Scope<'h>, depth: u32) -> H::Node<'h> {
        if depth == 0 {
            return H::node(scope, [None, None, None]);
        }
        let children = [self.grow::<H>(scope, depth - 1), self.grow::<H>(scope, depth - 1)];
        if !self.with_parents {
            let [left, right] = children;
            return H::node(scope, [Some(left), Some(right), None]);
        }
        let [left, right] = children.clone();
        let parent = H::node(scope, [Some(left), Some(right), None]);
        for child in children {
            let handle = parent.clone();
            H::edit(scope, &child, |edges| edges[PARENT] = Some(handle));
        }
        parent
    }
}

/// How many nodes the tree has.
fn walk<'h, H: Heap<Few>>(scope: H::Scope<'h>, node: &H::Node<'h>) -> u32 {
    H::edit(scope, node, |edges| {
        let children = edges[..PARENT].iter().flatten();
        children.map(|child| walk::<H>(scope, child)).sum::<u32>() + 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::structure::leftovers;

    #[test]
    fn trees_without_parents_need_no_collector() {
        for (peer, alive) in leftovers(Growing {
            deepest: 12,
            with_parents: false,
        }) {
            assert_eq!(alive, 0, "{peer}");
        }
    }

    #[test]
    fn trees_with_parents_are_collected_by_all_but_arc() {
        for (peer, alive) in leftovers(Growing {
            deepest: 12,
            with_parents: true,
        }) {
            assert_eq!(alive > 0, peer == "Arc", "{peer}: {alive}");
        }
    }
}
