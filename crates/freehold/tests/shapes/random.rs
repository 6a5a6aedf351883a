//! Larger graphs at random, put together from the shapes that collectors get wrong: chains, rings, rings both ways, cliques,
//! stars, chains into cycles and cycles into chains; with random edges, self-loops and parallel edges across them, nodes of
//! all sizes, and handles let go one after another with a collection after each.

use crate::graph::{Edge, Graph, Set};
use crate::heap::{Built, Size};
use crate::{COLLECTIONS, alone};
use freehold::gc;
use proptest::prelude::*;

/// A part of a graph; the number is its nodes'.
#[derive(Clone, Copy, Debug)]
enum Part {
    Chain(usize),
    Ring(usize),
    BothWays(usize),
    Clique(usize),
    /// A hub that points at all others, and they at it.
    Star(usize),
    /// A chain whose last node points into its middle.
    ChainIntoCycle(usize),
    /// A ring with a tail.
    CycleIntoChain(usize),
}

impl Part {
    fn nodes(self) -> usize {
        use Part::*;
        let (Chain(n) | Ring(n) | BothWays(n) | Clique(n) | Star(n) | ChainIntoCycle(n) | CycleIntoChain(n)) = self;
        n
    }

    fn edges(self) -> Vec<(usize, usize)> {
        let n = self.nodes();
        let chain = || (1..n).map(|node| (node - 1, node));
        match self {
            Part::Chain(_) => chain().collect(),
            Part::Ring(_) => chain().chain([(n - 1, 0)]).collect(),
            Part::BothWays(_) => chain().flat_map(|(a, b)| [(a, b), (b, a)]).collect(),
            Part::Clique(_) => (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).collect(),
            Part::Star(_) => (1..n).flat_map(|node| [(0, node), (node, 0)]).collect(),
            Part::ChainIntoCycle(_) => chain().chain([(n - 1, n / 2)]).collect(),
            Part::CycleIntoChain(_) => chain().chain([(n / 2, 0)]).collect(),
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        (1usize..60).prop_map(Part::Chain),
        (1usize..60).prop_map(Part::Ring),
        (1usize..40).prop_map(Part::BothWays),
        (1usize..12).prop_map(Part::Clique),
        (1usize..40).prop_map(Part::Star),
        (1usize..40).prop_map(Part::ChainIntoCycle),
        (1usize..40).prop_map(Part::CycleIntoChain),
    ]
}

/// A graph, and how it is built and taken down.
#[derive(Clone, Debug)]
struct Case {
    parts: Vec<Part>,
    /// Edges across the parts, by choice of nodes.
    across: Vec<(usize, usize)>,
    /// The numbers of nodes are mixed by this, so that edges run to older nodes and younger.
    mix: usize,
    fixed: bool,
    weak: bool,
    /// Nodes held at first, by choice, in the order in which they are let go.
    held: Vec<usize>,
    sizes: usize,
    /// The kinds of collection, two bits each.
    collection: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let parts = prop::collection::vec(part(), 1..6);
    let across = prop::collection::vec((any::<usize>(), any::<usize>()), 0..12);
    let held = prop::collection::vec(any::<usize>(), 0..8);
    let rest = (
        any::<usize>(),
        any::<bool>(),
        any::<bool>(),
        any::<usize>(),
        any::<usize>(),
    );
    (parts, across, held, rest).prop_map(|(parts, across, held, (mix, fixed, weak, sizes, collection))| Case {
        parts,
        across,
        mix,
        fixed,
        weak,
        held,
        sizes,
        collection,
    })
}

impl Case {
    fn graph(&self) -> Graph {
        let nodes: usize = self.parts.iter().map(|part| part.nodes()).sum();
        let mixed = mixture(nodes, self.mix);
        let mut edges = Vec::new();
        let mut first = 0;
        for part in &self.parts {
            edges.extend(part.edges().into_iter().map(|(from, to)| (first + from, first + to)));
            first += part.nodes();
        }
        edges.extend(self.across.iter().map(|(from, to)| (from % nodes, to % nodes)));
        let edge = |(index, (from, to)): (usize, (usize, usize))| {
            let (from, to) = (mixed[from], mixed[to]);
            let fixed = self.fixed && to < from && index % 3 != 0;
            Edge { from, to, fixed }
        };
        Graph {
            nodes,
            edges: edges.into_iter().enumerate().map(edge).collect(),
        }
    }
}

/// A permutation of the numbers below `length`.
fn mixture(length: usize, seed: usize) -> Vec<usize> {
    let mut mixed: Vec<usize> = (0..length).collect();
    let mut state = seed | 1;
    for last in (1..length).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        mixed.swap(last, (state >> 33) % (last + 1));
    }
    mixed
}

/// Mostly small; in one case of four, nodes of all sizes.
fn size_of(sizes: usize, node: usize) -> Size {
    match (sizes % 4, (sizes >> 8).wrapping_add(node) % 9) {
        (0, 0 | 1) => Size::Medium,
        (0, 2) => Size::Large,
        _ => Size::Small,
    }
}

fn rounds(base: u32) -> u32 {
    base * std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds(if cfg!(debug_assertions) { 150 } else { 600 })))]

    #[test]
    fn graphs_at_random_are_taken_down_step_by_step(case in case()) {
        let _alone = alone();
        let graph = case.graph();
        let nodes = graph.nodes;
        let held: Vec<usize> = case.held.iter().map(|choice| choice % nodes).collect();
        let set: Set = (0..nodes).map(|node| held.contains(&node)).collect();
        let mut built = Built::new(graph, &set, case.weak, |node| size_of(case.sizes, node));
        built.check_counted();
        // All that there is was born since the last collection, whatever its kind.
        let collect = |step: usize| COLLECTIONS[(case.collection >> (2 * step)) % COLLECTIONS.len()].1();
        collect(0);
        built.check_collected();
        for (step, node) in (1..).zip(held) {
            built.let_go(node);
            collect(step);
            built.check_sound();
        }
        gc::collect();
        built.check_collected();
        prop_assert_eq!(gc::stats().live_objects, 0);
    }
}
