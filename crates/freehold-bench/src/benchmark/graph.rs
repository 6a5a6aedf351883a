//! The benchmark `graph`: a random graph whose nodes all have roots shrinks until nothing is left.
//!
//! Each node has three edges to nodes drawn at random, in a vector. Then, in an order drawn at random, one root after the
//! other is dropped, and with each an edge of some node that still has a root is cut; so garbage comes about all the
//! time, in cycles of all sizes, while most of the graph is alive.

use super::structure::{self, PEERS, Structure};
use super::{Benchmark, Job, Report};
use crate::edges::Many;
use crate::peer::Heap;
use crate::random::Random;

/// Edges of each node.
const EDGES: usize = 3;

/// Roots that are dropped in one stretch of work.
const STRETCH: usize = 1_000;

/// The benchmark.
pub struct Graph;

impl Benchmark for Graph {
    fn name(&self) -> &'static str {
        "graph"
    }

    fn variants(&self) -> Vec<String> {
        vec!["shrinking".to_owned()]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        PEERS
    }

    fn rounds(&self) -> u64 {
        5
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let (nodes, graphs, seed) = (200_000, 3, job.seed);
        structure::measure(Shrinking { nodes, graphs, seed }, &job.peer)
    }
}

#[derive(Clone, Copy)]
struct Shrinking {
    nodes: usize,
    graphs: usize,
    seed: u64,
}

impl Structure for Shrinking {
    type Shape = Many;

    fn smaller(self) -> Self {
        Self {
            nodes: self.nodes / 10,
            ..self
        }
    }

    fn run<H: Heap<Many>>(self, heap: &mut H) {
        let mut random = Random::new(self.seed);
        for _ in 0..self.graphs {
            while heap.work(|scope, roots| add::<H>(scope, roots, STRETCH)) < self.nodes {}
            for _ in 0..self.nodes / STRETCH {
                heap.work(|scope, roots| link::<H>(scope, roots, &mut random));
            }
            while heap.work(|scope, roots| shrink::<H>(scope, roots, &mut random)) > 0 {}
        }
    }
}

/// Makes nodes; says how many there are.
fn add<'h, H: Heap<Many>>(scope: H::Scope<'h>, roots: &mut Vec<H::Node<'h>>, nodes: usize) -> usize {
    roots.extend((0..nodes).map(|_| H::node(scope, Vec::new())));
    roots.len()
}

fn link<'h, H: Heap<Many>>(scope: H::Scope<'h>, roots: &[H::Node<'h>], random: &mut Random) {
    for _ in 0..STRETCH {
        let from = &roots[random.below(roots.len())];
        for _ in 0..EDGES {
            let to = roots[random.below(roots.len())].clone();
            H::edit(scope, from, |edges| edges.push(to));
        }
    }
}

/// Drops roots and edges; says how many roots are left.
fn shrink<'h, H: Heap<Many>>(scope: H::Scope<'h>, roots: &mut Vec<H::Node<'h>>, random: &mut Random) -> usize {
    for _ in 0..STRETCH.min(roots.len()) {
        let root = roots.swap_remove(random.below(roots.len()));
        drop(root);
        if roots.is_empty() {
            break;
        }
        let edge = H::edit(scope, &roots[random.below(roots.len())], |edges| edges.pop());
        drop(edge);
    }
    roots.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::structure::leftovers;

    #[test]
    fn graphs_are_collected_by_all_but_arc() {
        let (nodes, graphs, seed) = (20_000, 2, 5);
        for (peer, alive) in leftovers(Shrinking { nodes, graphs, seed }) {
            assert_eq!(alive > 0, peer == "Arc", "{peer}: {alive}");
        }
    }
}
