//! A graph built in the heap, and the comparison of the heap with the oracle.

use crate::graph::{Graph, Set};
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, coerce};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A node of whatever size.
pub trait Node: Trace + Send + Sync {
    fn body(&self) -> &Body;
}

pub type Link = Gc<dyn Node>;

/// What every node has. The member comes first: its drop runs before the handles of the node go.
#[derive(Trace)]
pub struct Body {
    #[trace(skip)]
    member: Member,
    fixed: Vec<Link>,
    cell: Mutex<Vec<Link>>,
}

#[derive(Trace)]
struct Padded<const PADDING: usize> {
    body: Body,
    #[trace(skip)]
    _padding: [u8; PADDING],
}

impl<const PADDING: usize> Node for Padded<PADDING> {
    fn body(&self) -> &Body {
        &self.body
    }
}

/// A node's number, and its weak view of the nodes that it points at.
struct Member {
    number: usize,
    /// How often each node of the graph was dropped.
    drops: Arc<[AtomicUsize]>,
    watched: parking_lot::Mutex<Vec<Weak<dyn Node>>>,
}

impl Drop for Member {
    /// A node may look around when it dies: what it can still get at is whole, and it is not itself.
    fn drop(&mut self) {
        for weak in self.watched.get_mut().iter() {
            if let Some(alive) = weak.upgrade() {
                let number = alive.body().number();
                assert_ne!(
                    number, self.number,
                    "a node upgraded a weak handle to itself in its own drop"
                );
                assert_eq!(
                    self.drops[number].load(Relaxed),
                    0,
                    "node {number} was upgraded after its drop"
                );
            }
        }
        self.drops[self.number].fetch_add(1, Relaxed);
    }
}

impl Body {
    fn number(&self) -> usize {
        self.member.number
    }

    /// Clones of all handles in the node.
    fn links(&self) -> Vec<Link> {
        self.fixed.iter().chain(self.cell.lock().iter()).cloned().collect()
    }
}

/// How large a node's slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Small,
    Medium,
    /// A block of its own.
    Large,
}

fn node(body: Body, size: Size) -> Link {
    fn padded<const PADDING: usize>(body: Body) -> Link {
        let node = Padded {
            body,
            _padding: [0; PADDING],
        };
        coerce!(Gc::new(node) => Gc<dyn Node>)
    }
    match size {
        Size::Small => padded::<0>(body),
        Size::Medium => padded::<700>(body),
        Size::Large => padded::<40_000>(body),
    }
}

/// A graph in the heap, with handles to some of its nodes.
pub struct Built {
    graph: Graph,
    held: Vec<Option<Link>>,
    /// Weak handles to all nodes, or none at all: an object that never had one has no control block.
    weak: Vec<Weak<dyn Node>>,
    drops: Arc<[AtomicUsize]>,
}

impl Built {
    /// Builds the graph, and lets go of every node that is not `held`.
    pub fn new(graph: Graph, held: &Set, weak: bool, size: impl Fn(usize) -> Size) -> Self {
        let drops: Arc<[AtomicUsize]> = (0..graph.nodes).map(|_| AtomicUsize::new(0)).collect();
        let mut all: Vec<Link> = Vec::with_capacity(graph.nodes);
        for number in 0..graph.nodes {
            let fixed = graph.edges.iter().filter(|edge| edge.from == number && edge.fixed);
            let body = Body {
                member: Member {
                    number,
                    drops: drops.clone(),
                    watched: parking_lot::Mutex::default(),
                },
                fixed: fixed.map(|edge| all[edge.to].clone()).collect(),
                cell: Mutex::default(),
            };
            all.push(node(body, size(number)));
        }
        for edge in graph.edges.iter().filter(|edge| !edge.fixed) {
            all[edge.from].body().cell.lock().push(all[edge.to].clone());
        }
        let weak: Vec<_> = all.iter().filter(|_| weak).map(Gc::downgrade).collect();
        for (number, node) in all.iter().enumerate().filter(|_| !weak.is_empty()) {
            let watched = graph.next(number).chain([number]).map(|next| weak[next].clone());
            *node.body().member.watched.lock() = watched.collect();
        }
        let held = all.into_iter().zip(held).map(|(node, &held)| held.then_some(node));
        Built {
            held: held.collect(),
            weak,
            drops,
            graph,
        }
    }

    /// Lets go of a node.
    pub fn let_go(&mut self, node: usize) {
        self.held[node] = None;
    }

    fn held(&self) -> Set {
        self.held.iter().map(Option::is_some).collect()
    }

    /// No collection has run since the graph was built: counting has freed what it can, and no more.
    pub fn check_counted(&self) {
        self.check_alive(&self.graph.counted_alive(&self.held()));
    }

    /// A collection has run: what the held nodes reach is alive, and nothing else.
    pub fn check_collected(&self) {
        self.check_alive(&self.graph.reach(&self.held()));
    }

    /// A collection has run, but not of everything: what the held nodes reach is alive and whole.
    pub fn check_sound(&self) {
        for (number, &reached) in self.graph.reach(&self.held()).iter().enumerate() {
            let drops = self.drops[number].load(Relaxed);
            assert!(
                drops <= usize::from(!reached),
                "{drops} drops of node {number} of {self:?}"
            );
        }
        let upgraded = self.weak.iter().filter_map(Weak::upgrade);
        upgraded
            .chain(self.held.iter().flatten().cloned())
            .for_each(|node| self.check_links(&node));
    }

    fn check_alive(&self, alive: &Set) {
        for (number, &alive) in alive.iter().enumerate() {
            let drops = self.drops[number].load(Relaxed);
            assert_eq!(drops, usize::from(!alive), "drops of node {number} of {self:?}");
        }
        for (number, weak) in self.weak.iter().enumerate() {
            let held = usize::from(self.held[number].is_some());
            let count = if alive[number] {
                held + self.graph.handles_to(number, alive)
            } else {
                0
            };
            assert_eq!(weak.strong_count(), count, "handles to node {number} of {self:?}");
            let upgraded = weak.upgrade();
            assert_eq!(
                upgraded.is_some(),
                alive[number],
                "upgrade of node {number} of {self:?}"
            );
            upgraded.inspect(|node| self.check_links(node));
        }
        self.held.iter().flatten().for_each(|node| self.check_links(node));
    }

    /// The node's handles lead where the graph's edges lead.
    fn check_links(&self, node: &Link) {
        let number = node.body().number();
        let mut found: Vec<usize> = node.body().links().iter().map(|link| link.body().number()).collect();
        let mut expected: Vec<usize> = self.graph.next(number).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "handles in node {number} of {self:?}");
    }
}

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} held {:?} weak {}",
            self.graph,
            self.held(),
            !self.weak.is_empty()
        )
    }
}
