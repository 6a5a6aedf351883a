//! The benchmark `mixed`: a million operations on a changing graph, a quarter each of four kinds.
//!
//! *create* a node and keep a root to it; *link two*: add an edge between two nodes that have roots; *drop a root*;
//! *drop an edge* of a node that has a root. Edges point anywhere, so cycles come about all the time, and dropping roots
//! cuts them off. An operation that finds nothing to work on counts all the same.
//!
//! - With one thread the roots are one vector, 50 at the start. The seed decides every step, for every peer alike.
//! - With N threads the roots lie in 10·N vectors behind locks, 50 in each at the start, and each thread does its Nth of
//!   the operations on vectors drawn at random; *link two* holds two of the locks, taken in the order of their index.
//!   This is the shape of the benchmark that dumpster publishes, so figures can be set side by side.
//!
//! Handles are dropped outside the node's lock. At the end all roots are dropped and everything is collected.

use std::sync::Barrier;

use parking_lot::Mutex;

use super::{Benchmark, Figure, Job, Report, Show, cores};
use crate::clock::Stopwatch;
use crate::edges::Many;
use crate::peer::{Handle, SharedPeer, SharedTask, on_shared};
use crate::random::Random;
use crate::stack::{deep, deep_each};
use crate::tally;

/// Roots in each vector at the start.
const ROOTS: usize = 50;

/// Vectors of roots for each thread.
const VECTORS: usize = 10;

/// Operations in one run.
const OPERATIONS: usize = 1_000_000;

/// The benchmark.
pub struct Mixed;

impl Benchmark for Mixed {
    fn name(&self) -> &'static str {
        "mixed"
    }

    fn variants(&self) -> Vec<String> {
        vec!["1 thread".to_owned(), format!("{} threads", cores())]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &[
            "Arc",
            "Arc, std lock",
            "Arc, mimalloc",
            "freehold",
            "freehold, mimalloc",
            "dumpster",
        ]
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        report(if job.variant == 0 { 1 } else { cores() }, job)
    }
}

/// Takes the sample of one peer on so many threads.
pub fn report(threads: usize, job: &Job) -> Result<Report, String> {
    let work = Work {
        threads,
        operations: OPERATIONS,
        seed: job.seed,
    };
    on_shared(&job.peer, work)
}

/// How much is to be done, by how many, and which random numbers.
#[derive(Clone, Copy)]
struct Work {
    threads: usize,
    operations: usize,
    seed: u64,
}

impl SharedTask for Work {
    type Output = Report;

    /// Runs the work warm, timed and counted.
    fn run<P: SharedPeer>(self) -> Report {
        let warm = Self {
            operations: self.operations / 10,
            ..self
        };
        warm.perform::<P::Handle<Many, false>>(|| {});
        let mut time = 0.0;
        let watch = Stopwatch::start();
        self.perform::<P::Handle<Many, false>>(|| time = watch.wall().as_secs_f64());
        let (emptied, cpu) = (watch.wall().as_secs_f64(), watch.cpu().as_secs_f64());
        self.perform::<P::Handle<Many, true>>(|| {});
        let per_operation = |metric, seconds: f64| {
            Figure::new(
                metric,
                "ns/operation",
                Show::Ratio,
                seconds * 1e9 / self.operations as f64,
            )
        };
        Report::of([
            per_operation("time", time),
            per_operation("time until empty", emptied),
            per_operation("CPU time", cpu),
            Figure::new("alive at the end", "nodes", Show::Value, tally::alive() as f64),
        ])
    }
}

impl Work {
    /// Does the operations; `done` is told when they are over, before the roots go. Then drops the roots and collects.
    fn perform<H: Handle<Many> + Send + Sync>(self, done: impl FnOnce() + Send) {
        H::prepare();
        deep(|| {
            if self.threads == 1 {
                self.alone::<H>(done);
            } else {
                self.together::<H>(done);
            }
        });
    }

    fn alone<H: Handle<Many>>(self, done: impl FnOnce()) {
        let mut random = Random::new(self.seed);
        let mut roots: Vec<H> = (0..ROOTS).map(|_| create()).collect();
        for _ in 0..self.operations {
            step(&mut roots, &mut random);
        }
        done();
        drop(roots);
        H::collect();
    }

    fn together<H: Handle<Many> + Send + Sync>(self, done: impl FnOnce()) {
        let vectors: Vec<Mutex<Vec<H>>> = (0..VECTORS * self.threads)
            .map(|_| Mutex::new((0..ROOTS).map(|_| create()).collect()))
            .collect();
        let start = Barrier::new(self.threads);
        deep_each(self.threads, |index| {
            let mut random = Random::new(self.seed.wrapping_add(index as u64));
            start.wait();
            for _ in 0..self.operations / self.threads {
                shared_step(&vectors, &mut random);
            }
        });
        done();
        drop(vectors);
        H::collect();
    }
}

/// A node without edges.
fn create<H: Handle<Many>>() -> H {
    H::create(Vec::new())
}

/// One operation on the roots of one thread.
fn step<H: Handle<Many>>(roots: &mut Vec<H>, random: &mut Random) {
    match random.below(4) {
        0 => roots.push(create()),
        _ if roots.is_empty() => {}
        1 => {
            let (from, to) = (random.below(roots.len()), random.below(roots.len()));
            let edge = roots[to].clone();
            roots[from].edit(|edges| edges.push(edge));
        }
        2 => drop(roots.swap_remove(random.below(roots.len()))),
        _ => drop(take_edge(&roots[random.below(roots.len())], random)),
    }
}

/// One operation on vectors that other threads use as well.
fn shared_step<H: Handle<Many>>(vectors: &[Mutex<Vec<H>>], random: &mut Random) {
    let index = random.below(vectors.len());
    match random.below(4) {
        0 => {
            let node = create();
            vectors[index].lock().push(node);
        }
        1 => link_across(vectors, index, random.below(vectors.len()), random),
        2 => {
            let mut roots = vectors[index].lock();
            let root = (!roots.is_empty())
                .then(|| random.below(roots.len()))
                .map(|at| roots.swap_remove(at));
            drop(roots);
            drop(root);
        }
        _ => {
            let roots = vectors[index].lock();
            let edge = (!roots.is_empty())
                .then(|| random.below(roots.len()))
                .and_then(|at| take_edge(&roots[at], random));
            drop(roots);
            drop(edge);
        }
    }
}

/// Adds an edge from a node of one vector to a node of another, or of the same.
fn link_across<H: Handle<Many>>(vectors: &[Mutex<Vec<H>>], from: usize, to: usize, random: &mut Random) {
    let link = |sources: &[H], targets: &[H], random: &mut Random| {
        if !sources.is_empty() && !targets.is_empty() {
            let edge = targets[random.below(targets.len())].clone();
            sources[random.below(sources.len())].edit(|edges| edges.push(edge));
        }
    };
    if from == to {
        let roots = vectors[from].lock();
        link(&roots, &roots, random);
    } else {
        // Locks are taken in the order of their index, so that no two threads wait for each other.
        let first = vectors[from.min(to)].lock();
        let second = vectors[from.max(to)].lock();
        if from < to {
            link(&first, &second, random)
        } else {
            link(&second, &first, random)
        }
    }
}

/// Takes a random edge out of a node; the caller drops it after the node's lock is left.
fn take_edge<H: Handle<Many>>(node: &H, random: &mut Random) -> Option<H> {
    node.edit(|edges| {
        if edges.is_empty() {
            return None;
        }
        let at = random.below(edges.len());
        Some(edges.swap_remove(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::counting;

    struct Leftover(Work);

    impl SharedTask for Leftover {
        type Output = i64;

        fn run<P: SharedPeer>(self) -> i64 {
            self.0.perform::<P::Handle<Many, true>>(|| {});
            tally::alive()
        }
    }

    /// dumpster may leave a few nodes when threads race.
    #[test]
    fn peers_that_collect_leave_nothing_and_arc_leaves_cycles() {
        let leftover = |peer, threads| {
            let (operations, seed) = (20_000, 7);
            let work = Leftover(Work {
                threads,
                operations,
                seed,
            });
            counting(|| on_shared(peer, work).unwrap())
        };
        for threads in [1, 2] {
            assert!(leftover("Arc", threads) > 0);
            assert!(leftover("Arc, std lock", threads) > 0);
            assert_eq!(leftover("freehold", threads), 0);
        }
        assert_eq!(leftover("dumpster", 1), 0);
    }
}
