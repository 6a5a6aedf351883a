//! The benchmark `growth`: what an allocation costs while the live heap grows, collections included.
//!
//! A heap whose collections start by themselves at fixed numbers of allocations, each over all of the heap, does work that
//! grows with the square of the heap. Here nothing dies: nodes are made, each with an edge to one made earlier, and the
//! time is taken until the heap has a million of them, and until it has ten million. Work per allocation that is constant
//! gives the same figure for both.

use super::{Benchmark, Figure, Job, Report, Show};
use crate::clock::Stopwatch;
use crate::edges::Few;
use crate::peer::{Heap, Peer, Task, on_heap};
use crate::random::Random;
use crate::stack::deep;

/// Nodes made in one stretch of work.
const STRETCH: usize = 1_000;
const SIZES: [(&str, usize); 2] = [("to 1 M", 1_000_000), ("to 10 M", 10_000_000)];

/// The benchmark.
pub struct Growth;

impl Benchmark for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn variants(&self) -> Vec<String> {
        SIZES.iter().map(|(title, _)| (*title).to_owned()).collect()
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["Arc", "freehold", "dumpster", "boa_gc", "gc-arena"]
    }

    fn rounds(&self) -> u64 {
        3
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let (nodes, seed) = (SIZES[job.variant].1, job.seed);
        on_heap(&job.peer, Grow { nodes, seed })
    }
}

#[derive(Clone, Copy)]
struct Grow {
    nodes: usize,
    seed: u64,
}

impl Task for Grow {
    type Output = Report;

    fn run<P: Peer>(self) -> Report {
        deep(move || {
            let mut heap = P::Heap::<Few, false>::new();
            let mut random = Random::new(self.seed);
            let watch = Stopwatch::start();
            for _ in 0..self.nodes / STRETCH {
                heap.work(|scope, roots| add::<P::Heap<Few, false>>(scope, roots, &mut random));
            }
            let per_node = |seconds: f64| seconds * 1e9 / self.nodes as f64;
            let (time, cpu) = (watch.wall().as_secs_f64(), watch.cpu().as_secs_f64());
            // What was built is left to the end of the process.
            std::mem::forget(heap);
            Report::of([
                Figure::new("time", "ns/node", Show::Value, per_node(time)),
                Figure::new("CPU time", "ns/node", Show::Both, per_node(cpu)),
            ])
        })
    }
}

/// Adds nodes, each with an edge to an earlier one. All are roots.
fn add<'h, H: Heap<Few>>(scope: H::Scope<'h>, roots: &mut Vec<H::Node<'h>>, random: &mut Random) {
    for _ in 0..STRETCH {
        let earlier = (!roots.is_empty()).then(|| roots[random.below(roots.len())].clone());
        roots.push(H::node(scope, [earlier, None, None]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_grows() {
        for peer in Growth.peers(0) {
            let grow = Grow { nodes: 20_000, seed: 1 };
            assert!(on_heap(peer, grow).is_ok(), "{peer}");
        }
    }
}
