//! Collections of graphs of every shape: all small graphs, and large ones at random.
//!
//! Each graph is built in the heap, some of its nodes are held, and the rest is let go. Counting must then have freed
//! exactly what neither a held node nor a cycle reaches, and a collection must leave exactly what the held nodes reach:
//! each dead node dropped once, weak handles dead with it; the living whole, with the counts that the graph says.
//!
//! Small graphs are taken one by one: all multisets of edges up to a number, all sets of held nodes, edges in cells or in
//! fixed fields, with weak handles and without. Many are in the heap at once, so that one collection does for a batch.
//! Release builds take more of them than debug builds, and `FREEHOLD_ROUNDS` multiplies the random ones.

mod graph;
mod heap;
mod random;

use freehold::gc::{self, Generation};
use graph::{Graph, multisets, pairs, subsets};
use heap::{Built, Size};

/// One test at a time, and no collection but those it asks for.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    gc::disable();
    ALONE.lock()
}

/// A kind of collection that must find all garbage among objects born since the last one.
type Collect = fn();

/// Those there are, by name.
static COLLECTIONS: [(&str, Collect); 4] = [
    ("all", collect_all),
    ("young", || collect(Generation::Young)),
    ("middle", || collect(Generation::Middle)),
    ("old", || collect(Generation::Old)),
];

fn collect_all() {
    gc::collect();
}

fn collect(generation: Generation) {
    gc::collect_generation(generation);
}

/// Graphs in the heap at once.
const BATCH: usize = 4096;

/// Graphs that wait for one collection to check them all.
struct Batch {
    /// One after the other.
    collections: std::iter::Cycle<std::slice::Iter<'static, (&'static str, Collect)>>,
    graphs: Vec<Built>,
    checked: usize,
}

impl Batch {
    fn new(collections: &'static [(&'static str, Collect)]) -> Self {
        Batch {
            collections: collections.iter().cycle(),
            graphs: Vec::with_capacity(BATCH),
            checked: 0,
        }
    }

    fn push(&mut self, built: Built) {
        built.check_counted();
        self.graphs.push(built);
        if self.graphs.len() == BATCH {
            self.collect();
        }
    }

    fn collect(&mut self) {
        let (_, collect) = self.collections.next().expect("there is a kind of collection");
        collect();
        self.graphs.iter().for_each(Built::check_collected);
        self.checked += self.graphs.len();
        self.graphs.clear();
    }

    /// The number of graphs, after the last collection. Held nodes go with the graphs; nothing is left.
    fn finish(mut self) -> usize {
        self.collect();
        gc::collect();
        assert_eq!(
            gc::stats().live_objects,
            0,
            "graphs are gone, but not all of their nodes"
        );
        self.checked
    }
}

/// All graphs of `nodes` nodes with these edges, in all ways to build and hold them.
fn each_way(batch: &mut Batch, nodes: usize, edges: &[(usize, usize)]) {
    for held in subsets(nodes) {
        for fixed in [false, true] {
            for weak in [false, true] {
                let graph = Graph::new(nodes, edges.iter().copied(), fixed);
                batch.push(Built::new(graph, &held, weak, |_| Size::Small));
            }
        }
    }
}

/// All multisets of up to `most` edges between `nodes` nodes, `each` with every kind of collection or with one of them.
fn all_graphs(nodes: usize, most: usize, each: bool) {
    let _alone = alone();
    for collections in COLLECTIONS.chunks(if each { 1 } else { COLLECTIONS.len() }) {
        let mut batch = Batch::new(collections);
        for taken in multisets(nodes * nodes, most) {
            let edges: Vec<_> = pairs(nodes)
                .zip(taken)
                .flat_map(|(pair, times)| std::iter::repeat_n(pair, times))
                .collect();
            each_way(&mut batch, nodes, &edges);
        }
        let names: Vec<_> = collections.iter().map(|(name, _)| *name).collect();
        println!(
            "{nodes} nodes, up to {most} edges, {names:?}: {} graphs",
            batch.finish()
        );
    }
}

/// More in builds in which it takes no longer.
const fn in_release(release: usize, debug: usize) -> usize {
    if cfg!(debug_assertions) { debug } else { release }
}

#[test]
fn all_graphs_of_one_node() {
    all_graphs(1, 8, true);
}

#[test]
fn all_graphs_of_two_nodes() {
    all_graphs(2, in_release(8, 6), true);
}

#[test]
fn all_graphs_of_three_nodes() {
    all_graphs(3, in_release(7, 5), true);
}

#[test]
fn all_graphs_of_four_nodes() {
    all_graphs(4, in_release(5, 3), false);
}

/// Every set of edges between four nodes, a number of them in debug builds: each has an edge more or less than others.
#[test]
fn all_sets_of_edges_between_four_nodes() {
    let _alone = alone();
    let mut batch = Batch::new(&COLLECTIONS);
    for bits in (0..1usize << 16).step_by(in_release(1, 13)) {
        let present = |(number, _): &(usize, (usize, usize))| bits >> number & 1 == 1;
        let edges: Vec<_> = pairs(4).enumerate().filter(present).map(|(_, pair)| pair).collect();
        for held in subsets(4) {
            let variant = bits + held.iter().filter(|&&held| held).count();
            let graph = Graph::new(4, edges.iter().copied(), variant % 2 == 0);
            batch.push(Built::new(graph, &held, variant / 2 % 2 == 0, |_| Size::Small));
        }
    }
    println!("4 nodes, sets of edges: {} graphs", batch.finish());
}
