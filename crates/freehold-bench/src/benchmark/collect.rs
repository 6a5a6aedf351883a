//! The benchmark `collect`: one full collection of a heap that is all alive, and one of the same heap all dead.
//!
//! A million nodes (ten with `--large`) held by one root: a doubly linked chain; a binary tree with parents; a random
//! graph, in which each node is reached from an earlier one drawn at random and has about one more edge. All is in
//! cycles, so that counting alone frees nothing. Collections that start by themselves are off while it is built.
//!
//! Peers that delete on trial start from nodes whose count has fallen; as every node loses a root after building, that
//! is all of them, once. The peers that recurse have a stack of gigabytes here.

use super::{Benchmark, Figure, Job, Report, Show};
use crate::clock::Stopwatch;
use crate::edges::{Few, Many, Shape};
use crate::peer::{Heap, Peer, Task, on_heap};
use crate::python;
use crate::random::Random;
use crate::stack::deep;

const SHAPES: [&str; 3] = ["chain", "tree", "graph"];

/// Nodes, unless there are to be many.
const NODES: usize = 1_000_000;

/// The benchmark.
pub struct Collect;

impl Benchmark for Collect {
    fn name(&self) -> &'static str {
        "collect"
    }

    fn variants(&self) -> Vec<String> {
        SHAPES.map(str::to_owned).to_vec()
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &[
            "freehold",
            "dumpster",
            "rust-cc",
            "bacon-rajan-cc",
            "gc",
            "boa_gc",
            "gc-arena",
            "CPython",
        ]
    }

    fn rounds(&self) -> u64 {
        5
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let nodes = if job.is_large { 10 * NODES } else { NODES };
        let shape = SHAPES[job.variant.min(2)];
        if job.peer == "CPython" {
            return measure_python(shape, nodes, job.seed);
        }
        let edges = edges(shape, nodes, job.seed);
        if shape == "graph" {
            on_heap(&job.peer, Collecting::<Many>::new(nodes, edges))
        } else {
            on_heap(&job.peer, Collecting::<Few>::new(nodes, edges))
        }
    }
}

/// The edges of a graph of that shape, as pairs of numbers of nodes. All is reachable from node 0, and in cycles.
fn edges(shape: &str, nodes: usize, seed: u64) -> Vec<(usize, usize)> {
    let back_and_forth = |parent: fn(usize) -> usize| {
        let pairs = (1..nodes).flat_map(move |node| [(parent(node), node), (node, parent(node))]);
        pairs.collect()
    };
    match shape {
        "chain" => back_and_forth(|node| node - 1),
        "tree" => back_and_forth(|node| (node - 1) / 2),
        _ => {
            let mut random = Random::new(seed);
            let pairs = (1..nodes).flat_map(|node| [(random.below(node), node), (node, random.below(nodes))]);
            pairs.chain([(nodes - 1, 0)]).collect()
        }
    }
}

struct Collecting<S> {
    nodes: usize,
    edges: Vec<(usize, usize)>,
    shape: std::marker::PhantomData<S>,
}

impl<S> Collecting<S> {
    fn new(nodes: usize, edges: Vec<(usize, usize)>) -> Self {
        let shape = std::marker::PhantomData;
        Self { nodes, edges, shape }
    }
}

impl<S: Shape> Task for Collecting<S> {
    type Output = Report;

    fn run<P: Peer>(self) -> Report {
        deep(|| {
            let mut heap = build::<S, P::Heap<S, false>>(self.nodes, &self.edges);
            let alive = Stopwatch::start();
            heap.collect();
            let (live, live_cpu) = (alive.wall().as_secs_f64(), alive.cpu().as_secs_f64());
            let dead = Stopwatch::start();
            heap.work(|_, roots| roots.clear());
            heap.collect();
            report(
                self.nodes,
                live,
                dead.wall().as_secs_f64(),
                Some(live_cpu + dead.cpu().as_secs_f64()),
            )
        })
    }
}

/// A heap in which the first node has a root and nothing else has.
fn build<S: Shape, H: Heap<S>>(nodes: usize, edges: &[(usize, usize)]) -> H {
    let mut heap = H::new();
    heap.only_on_demand();
    heap.work(|scope, roots| {
        roots.extend((0..nodes).map(|_| H::node(scope, S::Of::default())));
        for &(from, to) in edges {
            let handle = roots[to].clone();
            H::edit(scope, &roots[from], |edges| S::add(edges, handle));
        }
        roots.truncate(1);
        roots.shrink_to_fit();
    });
    heap
}

fn report(nodes: usize, live: f64, dead: f64, cpu: Option<f64>) -> Report {
    let figure = |metric, show, seconds: f64| Figure::new(metric, "ns/node", show, seconds * 1e9 / nodes as f64);
    let mut figures = vec![figure("live", Show::Both, live), figure("dead", Show::Both, dead)];
    figures.extend(cpu.map(|cpu| figure("CPU time", Show::Ratio, cpu)));
    Report::of(figures)
}

/// The same in CPython, with one thread, so that CPU time is wall time.
fn measure_python(shape: &str, nodes: usize, seed: u64) -> Result<Report, String> {
    let answer = python::run(&["collect", shape, &nodes.to_string(), &seed.to_string()])?;
    let (live, dead) = (answer.figure("live")?, answer.figure("dead")?);
    let report = report(nodes, live, dead, Some(live + dead));
    Ok(Report {
        note: Some(answer.version()),
        ..report
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{self, counting};

    /// Nodes alive before and after they are dead.
    struct Kept<S>(Collecting<S>);

    impl<S: Shape> Task for Kept<S> {
        type Output = (i64, i64);

        fn run<P: Peer>(self) -> (i64, i64) {
            deep(|| {
                let mut heap = build::<S, P::Heap<S, true>>(self.0.nodes, &self.0.edges);
                heap.collect();
                let live = tally::alive();
                heap.work(|_, roots| roots.clear());
                heap.collect();
                (live, tally::alive())
            })
        }
    }

    #[test]
    fn peers_keep_all_that_is_live_and_nothing_that_is_dead() {
        const SOME: usize = 5_000;
        let peers = Collect.peers(0).iter().filter(|peer| **peer != "CPython");
        for peer in peers {
            for shape in SHAPES {
                let edges = edges(shape, SOME, 9);
                let kept = counting(|| match shape {
                    "graph" => on_heap(peer, Kept(Collecting::<Many>::new(SOME, edges))),
                    _ => on_heap(peer, Kept(Collecting::<Few>::new(SOME, edges))),
                });
                assert_eq!(kept, Ok((SOME as i64, 0)), "{peer}, {shape}");
            }
        }
    }

    #[test]
    fn every_node_has_a_way_in_and_out() {
        for shape in SHAPES {
            let (mut into, mut out) = (vec![false; 100], vec![false; 100]);
            for (from, to) in edges(shape, 100, 1) {
                (into[to], out[from]) = (true, true);
            }
            assert!(into.iter().chain(&out).all(|is_there| *is_there), "{shape}");
        }
    }
}
