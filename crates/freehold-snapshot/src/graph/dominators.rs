//! The dominator tree, and with it retained sizes.
//!
//! An object *d* dominates *v* when every path from a root to *v* passes through *d*: freeing *d* frees *v*. What
//! an object retains is its subtree in the tree of immediate dominators.
//!
//! The algorithm is that of Lengauer and Tarjan with simple linking, O(m log n): T. Lengauer, R. Tarjan, *A fast
//! algorithm for finding dominators in a flowgraph*, TOPLAS 1(1), 1979. Two departures: garbage hangs from the
//! super-root by its groups' representatives, so that the tree covers the whole heap; and references from
//! garbage into the live heap are left out, because a live structure retains its parts whether or not dead
//! objects still point at them.

use crate::graph::NONE;
use crate::graph::garbage::Garbage;
use crate::graph::reverse::{Reverse, prefix_sums};
use crate::graph::spanning::Spanning;
use crate::snapshot::Snapshot;

/// The tree of immediate dominators with the super-root on top.
#[derive(Debug)]
pub(crate) struct Dominators {
    /// The immediate dominator of each object; the super-root's id is the number of objects.
    idom: Vec<u32>,
    /// Bytes retained by each object, and by the super-root.
    retained: Vec<u64>,
    /// Objects retained by each object, itself included.
    objects: Vec<u32>,
    /// Children in compressed sparse rows, the super-root's row last.
    starts: Vec<u32>,
    children: Vec<u32>,
}

impl Dominators {
    pub(crate) fn of(snapshot: &Snapshot, reverse: &Reverse, garbage: &Garbage) -> Dominators {
        let roots = snapshot.roots.iter().map(|root| root.object.0);
        let groups = garbage.groups.iter().map(|group| group.representative);
        let tree = Spanning::grow(&snapshot.edges, roots.clone(), groups.clone());
        let mut is_root = vec![false; snapshot.objects.len()];
        roots.chain(groups).for_each(|root| is_root[root as usize] = true);
        let numbered = Flow::new(&tree, reverse, &is_root).immediate_dominators();
        Dominators::assemble(snapshot, &tree, &numbered)
    }

    fn assemble(snapshot: &Snapshot, tree: &Spanning, numbered: &[u32]) -> Dominators {
        let count = snapshot.objects.len();
        let top = count as u32;
        let mut idom = vec![top; count];
        let mut retained = snapshot.objects.size.clone();
        retained.push(0);
        let mut objects = vec![1; count];
        objects.push(0);
        // An object's number is above its dominator's: from the back, every subtree is complete when it is added.
        for number in (1..tree.order.len()).rev() {
            let object = tree.order[number] as usize;
            let above = match numbered[number] {
                0 => top,
                dominator => tree.order[dominator as usize],
            };
            idom[object] = above;
            retained[above as usize] = retained[above as usize].saturating_add(retained[object]);
            objects[above as usize] += objects[object];
        }
        let (starts, children) = children(&idom);
        Dominators {
            idom,
            retained,
            objects,
            starts,
            children,
        }
    }

    /// The id of the super-root, which dominates everything.
    pub(crate) fn super_root(&self) -> u32 {
        self.idom.len() as u32
    }

    /// The immediate dominator of an object, unless that is the super-root.
    pub(crate) fn dominator(&self, object: u32) -> Option<u32> {
        let above = self.idom[object as usize];
        (above != self.super_root()).then_some(above)
    }

    /// Bytes that would be freed with `object`, itself included. The super-root's are the whole heap's.
    pub(crate) fn retained(&self, object: u32) -> u64 {
        self.retained[object as usize]
    }

    /// Objects that would be freed with `object`, itself included.
    pub(crate) fn objects(&self, object: u32) -> u32 {
        self.objects[object as usize]
    }

    /// The objects that `object` immediately dominates.
    pub(crate) fn children(&self, object: u32) -> &[u32] {
        let object = object as usize;
        &self.children[self.starts[object] as usize..self.starts[object + 1] as usize]
    }
}

/// The tree's children by parent; the parent ids run to `idom.len()`, the super-root.
fn children(idom: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = prefix_sums(idom.len() + 1, idom);
    let mut children = vec![0; idom.len()];
    for (object, above) in idom.iter().enumerate().rev() {
        let slot = &mut starts[*above as usize];
        *slot -= 1;
        children[*slot as usize] = object as u32;
    }
    (starts, children)
}

/// A vertex of the linked forest. The three fields are used together, and lie in one cache line.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// The parent, [`NONE`] at a root.
    ancestor: u32,
    /// The vertex of least semidominator on the compressed path above.
    label: u32,
    /// That semidominator; an unprocessed vertex stands for itself.
    least: u32,
}

/// The state of Lengauer and Tarjan's algorithm, in preorder numbers.
struct Flow<'a> {
    tree: &'a Spanning,
    reverse: &'a Reverse,
    is_root: &'a [bool],
    semi: Vec<u32>,
    forest: Vec<Link>,
    /// Vertices by semidominator, as linked lists.
    bucket: Vec<u32>,
    bucket_next: Vec<u32>,
    idom: Vec<u32>,
    /// The path being compressed, kept to reuse its memory.
    path: Vec<u32>,
}

impl<'a> Flow<'a> {
    fn new(tree: &'a Spanning, reverse: &'a Reverse, is_root: &'a [bool]) -> Self {
        let count = tree.order.len();
        let alone = |vertex| Link {
            ancestor: NONE,
            label: vertex,
            least: vertex,
        };
        Flow {
            tree,
            reverse,
            is_root,
            semi: vec![0; count],
            forest: (0..count as u32).map(alone).collect(),
            bucket: vec![NONE; count],
            bucket_next: vec![NONE; count],
            idom: vec![0; count],
            path: Vec::new(),
        }
    }

    fn immediate_dominators(mut self) -> Vec<u32> {
        let count = self.tree.order.len() as u32;
        for vertex in (1..count).rev() {
            let semi = self.semidominator(vertex);
            self.semi[vertex as usize] = semi;
            let first = std::mem::replace(&mut self.bucket[semi as usize], vertex);
            self.bucket_next[vertex as usize] = first;
            let parent = self.tree.parent[vertex as usize];
            self.forest[vertex as usize].least = semi;
            self.forest[vertex as usize].ancestor = parent;
            self.empty_bucket(parent);
        }
        for vertex in 1..count as usize {
            if self.idom[vertex] != self.semi[vertex] {
                self.idom[vertex] = self.idom[self.idom[vertex] as usize];
            }
        }
        self.idom
    }

    fn semidominator(&mut self, vertex: u32) -> u32 {
        let object = self.tree.order[vertex as usize];
        if self.is_root[object as usize] {
            return 0;
        }
        let live = vertex < self.tree.live_end;
        let reverse = self.reverse;
        let mut least = vertex;
        for source in reverse.sources(object) {
            let holder = self.tree.number[*source as usize];
            if live && holder >= self.tree.live_end {
                continue;
            }
            least = least.min(self.evaluate(holder).least);
        }
        least
    }

    /// Settles, implicitly or explicitly, the dominators of the vertices whose semidominator is `parent`.
    fn empty_bucket(&mut self, parent: u32) {
        let mut vertex = std::mem::replace(&mut self.bucket[parent as usize], NONE);
        while vertex != NONE {
            let best = self.evaluate(vertex);
            // Every vertex of this bucket has the semidominator `parent`.
            self.idom[vertex as usize] = if best.least < parent { best.label } else { parent };
            vertex = self.bucket_next[vertex as usize];
        }
    }

    /// The least semidominator between `vertex` and its root in the forest, and the vertex that has it.
    fn evaluate(&mut self, vertex: u32) -> Link {
        if self.forest[vertex as usize].ancestor != NONE {
            self.compress(vertex);
        }
        self.forest[vertex as usize]
    }

    fn compress(&mut self, vertex: u32) {
        let mut at = vertex;
        let mut above = self.forest[at as usize].ancestor;
        loop {
            let next = self.forest[above as usize].ancestor;
            if next == NONE {
                break;
            }
            self.path.push(at);
            at = above;
            above = next;
        }
        while let Some(at) = self.path.pop() {
            let mine = self.forest[at as usize];
            let theirs = self.forest[mine.ancestor as usize];
            let best = if theirs.least < mine.least { theirs } else { mine };
            self.forest[at as usize] = Link {
                ancestor: theirs.ancestor,
                ..best
            };
        }
    }
}
