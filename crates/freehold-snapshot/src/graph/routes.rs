//! The most readable path from a root to each object.
//!
//! Dijkstra's algorithm over small integer weights, with a ring of buckets for a queue: R. Dial, *Algorithm 360:
//! shortest-path forest with topological ordering*, CACM 12(11), 1969. O(objects + references + longest path).
//! Weights say how much a step tells a reader: `app.CACHE['x']` names its way, "something native, then some
//! unnamed field" does not. A step of weight 0 is one that the rendered path does not show.

use crate::graph::NONE;
use crate::label::Label;
use crate::snapshot::Snapshot;
use crate::strings::Strings;
use crate::{NameId, Root, RootKind};

/// More than the largest weight of any step.
const RING: usize = 32;

/// What a name in double underscores (`__globals__`, `__wrapped__`) costs extra: it is the runtime's own wiring.
const DUNDER: u32 = 3;

/// A shortest path to every live object.
#[derive(Debug)]
pub(crate) struct Routes {
    /// The edge by which the path arrives, [`NONE`] where it starts and for unreachable objects.
    via: Vec<u32>,
    /// For each object that a path may start at, its root: sorted by object.
    starts: Vec<(u32, u32)>,
}

/// How a path arrives at an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// From the holder, by the edge at a position.
    Edge(u32),
    /// From outside: the position of a root.
    Root(u32),
    /// Not at all: the object is garbage.
    Nowhere,
}

impl Routes {
    pub(crate) fn of(snapshot: &Snapshot) -> Routes {
        let starts = cheapest_roots(&snapshot.roots);
        let mut search = Search::new(snapshot);
        for (object, root) in &starts {
            let kind = snapshot.roots[*root as usize].kind;
            search.relax(*object, root_weight(kind), NONE);
        }
        search.run();
        let via = search.via;
        Routes { via, starts }
    }

    pub(crate) fn arrival(&self, object: u32) -> Arrival {
        let via = self.via[object as usize];
        if via != NONE {
            return Arrival::Edge(via);
        }
        match self.starts.binary_search_by_key(&object, |start| start.0) {
            Ok(position) => Arrival::Root(self.starts[position].1),
            Err(_) => Arrival::Nowhere,
        }
    }
}

/// The most telling root of each object that has one, sorted by object.
fn cheapest_roots(roots: &[Root]) -> Vec<(u32, u32)> {
    let mut starts: Vec<(u32, u32)> = roots
        .iter()
        .enumerate()
        .map(|(position, root)| (root.object.0, position as u32))
        .collect();
    starts.sort_by_key(|(object, position)| (*object, root_weight(roots[*position as usize].kind), *position));
    starts.dedup_by_key(|start| start.0);
    starts
}

fn root_weight(kind: RootKind) -> u32 {
    match kind {
        RootKind::Module => 0,
        RootKind::Frame | RootKind::Task | RootKind::Thread => 4,
        RootKind::Handle => 8,
        RootKind::System => 12,
        RootKind::Native => 24,
    }
}

/// One run of the search.
struct Search<'a> {
    snapshot: &'a Snapshot,
    dunder: Vec<bool>,
    cost: Vec<u32>,
    via: Vec<u32>,
    ring: [Vec<u32>; RING],
    queued: usize,
}

impl<'a> Search<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let count = snapshot.objects.len();
        Search {
            snapshot,
            dunder: dunders(&snapshot.names),
            cost: vec![u32::MAX; count],
            via: vec![NONE; count],
            ring: std::array::from_fn(|_| Vec::new()),
            queued: 0,
        }
    }

    fn relax(&mut self, object: u32, cost: u32, via: u32) {
        if cost < self.cost[object as usize] {
            self.cost[object as usize] = cost;
            self.via[object as usize] = via;
            self.ring[cost as usize % RING].push(object);
            self.queued += 1;
        }
    }

    fn run(&mut self) {
        let mut cost = 0;
        while self.queued > 0 {
            // Steps of weight 0 refill the bucket that is being emptied.
            while let Some(object) = self.ring[cost as usize % RING].pop() {
                self.queued -= 1;
                if self.cost[object as usize] == cost {
                    self.expand(object, cost);
                }
            }
            cost += 1;
        }
    }

    fn expand(&mut self, object: u32, cost: u32) {
        let edges = &self.snapshot.edges;
        for position in edges.range(object) {
            let weight = self.weight(edges.label(position));
            let to = edges.targets[position];
            self.relax(to, cost.saturating_add(weight), position as u32);
        }
    }

    fn weight(&self, label: Label) -> u32 {
        match label {
            Label::Namespace => 0,
            Label::Attribute(name) | Label::Item(name) => 1 + self.obscurity(name),
            Label::Local(_) | Label::Cell(_) => 1,
            Label::Index(_) | Label::Value => 2,
            Label::Element => 3,
            Label::Key => 4,
            Label::Other => 6,
            Label::Type => 12,
        }
    }

    fn obscurity(&self, name: NameId) -> u32 {
        match self.dunder.get(name.index()) {
            Some(true) => DUNDER,
            _ => 0,
        }
    }
}

fn dunders(names: &Strings) -> Vec<bool> {
    names
        .iter()
        .map(|name| name.starts_with("__") && name.ends_with("__"))
        .collect()
}
