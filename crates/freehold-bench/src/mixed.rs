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
use std::thread;

use parking_lot::Mutex;

use crate::peer::Peer;
use crate::random::Random;

/// Roots in each vector at the start.
const ROOTS: usize = 50;

/// Vectors of roots for each thread.
const VECTORS: usize = 10;

/// Room for the recursive drop of a long chain under peers that drop recursively.
const STACK: usize = 256 << 20;

/// How much is to be done, by how many, and which random numbers.
#[derive(Clone, Copy)]
pub struct Work {
    pub threads: usize,
    pub operations: usize,
    pub seed: u64,
}

impl Work {
    /// Does the operations; `done` is told when they are over, before the roots go. Then drops the roots and collects.
    pub fn run<P: Peer>(self, done: impl FnOnce() + Send) {
        P::prepare();
        thread::scope(|scope| {
            let main = move || {
                if self.threads == 1 {
                    self.alone::<P>(done)
                } else {
                    self.together::<P>(done)
                }
            };
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, main);
            thread
                .expect("a thread for the benchmark")
                .join()
                .expect("the benchmark ran to its end");
        });
    }

    fn alone<P: Peer>(self, done: impl FnOnce()) {
        let mut random = Random::new(self.seed);
        let mut roots: Vec<P> = (0..ROOTS).map(|_| P::create()).collect();
        for _ in 0..self.operations {
            step(&mut roots, &mut random);
        }
        done();
        drop(roots);
        P::collect();
    }

    fn together<P: Peer>(self, done: impl FnOnce()) {
        let vectors: Vec<Mutex<Vec<P>>> = (0..VECTORS * self.threads)
            .map(|_| Mutex::new((0..ROOTS).map(|_| P::create()).collect()))
            .collect();
        let start = Barrier::new(self.threads);
        thread::scope(|scope| {
            let spawn = |index: usize| {
                let (vectors, start) = (&vectors, &start);
                let work = move || {
                    let mut random = Random::new(self.seed.wrapping_add(index as u64));
                    start.wait();
                    for _ in 0..self.operations / self.threads {
                        shared_step(vectors, &mut random);
                    }
                };
                let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
                thread.expect("a thread for the benchmark")
            };
            let threads: Vec<_> = (0..self.threads).map(spawn).collect();
            // Joined one by one: the end of the scope alone does not wait for thread-local state to be handed back.
            threads
                .into_iter()
                .for_each(|thread| thread.join().expect("the benchmark ran to its end"));
        });
        done();
        drop(vectors);
        P::collect();
    }
}

/// One operation on the roots of one thread.
fn step<P: Peer>(roots: &mut Vec<P>, random: &mut Random) {
    match random.below(4) {
        0 => roots.push(P::create()),
        _ if roots.is_empty() => {}
        1 => {
            let (from, to) = (random.below(roots.len()), random.below(roots.len()));
            let edge = roots[to].clone();
            roots[from].with_edges(|edges| edges.push(edge));
        }
        2 => drop(roots.swap_remove(random.below(roots.len()))),
        _ => drop(take_edge(&roots[random.below(roots.len())], random)),
    }
}

/// One operation on vectors that other threads use as well.
fn shared_step<P: Peer>(vectors: &[Mutex<Vec<P>>], random: &mut Random) {
    let index = random.below(vectors.len());
    match random.below(4) {
        0 => {
            let node = P::create();
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
fn link_across<P: Peer>(vectors: &[Mutex<Vec<P>>], from: usize, to: usize, random: &mut Random) {
    let link = |sources: &[P], targets: &[P], random: &mut Random| {
        if !sources.is_empty() && !targets.is_empty() {
            let edge = targets[random.below(targets.len())].clone();
            sources[random.below(sources.len())].with_edges(|edges| edges.push(edge));
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
fn take_edge<P: Peer>(node: &P, random: &mut Random) -> Option<P> {
    node.with_edges(|edges| {
        if edges.is_empty() {
            return None;
        }
        let at = random.below(edges.len());
        Some(edges.swap_remove(at))
    })
}
