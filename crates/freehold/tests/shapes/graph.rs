//! Graphs by number, and what counting and collecting must leave of them. The oracle: plain depth-first search.

/// An edge of the graph; in the heap, a handle in the node `from` to the node `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// In a plain field, which never changes, and not in a cell. Only an older node can be pointed at so: `to < from`.
    pub fixed: bool,
}

/// A directed graph with self-loops and parallel edges.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: usize,
    pub edges: Vec<Edge>,
}

/// A set of nodes.
pub type Set = Vec<bool>;

impl Graph {
    /// The graph with these edges, `fixed` where that is possible or nowhere.
    pub fn new(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>, fixed: bool) -> Self {
        let edges = edges.into_iter().map(|(from, to)| Edge {
            from,
            to,
            fixed: fixed && to < from,
        });
        Graph {
            nodes,
            edges: edges.collect(),
        }
    }

    /// The nodes that `node` points at, one for each edge.
    pub fn next(&self, node: usize) -> impl Iterator<Item = usize> {
        self.edges
            .iter()
            .filter(move |edge| edge.from == node)
            .map(|edge| edge.to)
    }

    /// What these nodes reach, themselves included.
    pub fn reach(&self, from: &Set) -> Set {
        let mut reached = from.clone();
        let mut pending: Vec<usize> = (0..self.nodes).filter(|&node| from[node]).collect();
        while let Some(node) = pending.pop() {
            for next in self.next(node) {
                if !reached[next] {
                    reached[next] = true;
                    pending.push(next);
                }
            }
        }
        reached
    }

    /// The nodes that reach themselves by at least one edge.
    pub fn on_cycles(&self) -> Set {
        let on_cycle = |node| {
            let mut successors = vec![false; self.nodes];
            self.next(node).for_each(|next| successors[next] = true);
            self.reach(&successors)[node]
        };
        (0..self.nodes).map(on_cycle).collect()
    }

    /// What counting alone keeps while handles to `held` exist: what they reach, and what cycles reach.
    pub fn counted_alive(&self, held: &Set) -> Set {
        let mut kept = self.on_cycles();
        kept.iter_mut().zip(held).for_each(|(kept, held)| *kept |= held);
        self.reach(&kept)
    }

    /// The number of handles to `node` in nodes of `alive`.
    pub fn handles_to(&self, node: usize, alive: &Set) -> usize {
        let into = |edge: &&Edge| edge.to == node && alive[edge.from];
        self.edges.iter().filter(into).count()
    }
}

/// Every multiset of at most `most` of `kinds` things, as the number taken of each.
pub fn multisets(kinds: usize, most: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..kinds {
        let extend = |taken: Vec<usize>| {
            let left = most - taken.iter().sum::<usize>();
            (0..=left).map(move |more| [taken.clone(), vec![more]].concat())
        };
        all = all.into_iter().flat_map(extend).collect();
    }
    all
}

/// All pairs of nodes; the edge with number `n` goes from `n / nodes` to `n % nodes`.
pub fn pairs(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes * nodes).map(move |number| (number / nodes, number % nodes))
}

/// All sets of nodes.
pub fn subsets(nodes: usize) -> impl Iterator<Item = Set> {
    (0..1usize << nodes).map(move |bits| (0..nodes).map(|node| bits >> node & 1 == 1).collect())
}

#[test]
fn the_oracle_knows_small_graphs() {
    // A chain into a cycle into a chain, and a node apart.
    let graph = Graph::new(6, [(0, 1), (1, 2), (2, 1), (2, 3), (3, 4)], false);
    let set = |nodes: &[usize]| (0..6).map(|node| nodes.contains(&node)).collect::<Set>();
    assert_eq!(graph.on_cycles(), set(&[1, 2]));
    assert_eq!(graph.reach(&set(&[3])), set(&[3, 4]));
    assert_eq!(graph.counted_alive(&set(&[])), set(&[1, 2, 3, 4]));
    assert_eq!(graph.counted_alive(&set(&[0])), set(&[0, 1, 2, 3, 4]));
    assert_eq!(graph.handles_to(1, &set(&[0, 2])), 2);
    assert_eq!(multisets(9, 3).len(), 220, "(9 + 3) over 3");
    assert_eq!((pairs(4).count(), subsets(4).count()), (16, 16));
}
