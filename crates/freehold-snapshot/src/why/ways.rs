//! The references and roots that hold some objects, clustered by the shape of the path that they end.

use std::cmp::Reverse;

use crate::ObjectId;
use crate::graph::NONE;
use crate::graph::routes::Arrival;
use crate::heap::Heap;
use crate::maps::Map;
use crate::path::Path;
use crate::snapshot::Reference;
use crate::why::Group;
use crate::why::shapes::Shapes;

/// What holds an object directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The root at a position.
    Root(u32),
    /// The reference from an object, at a position.
    Edge(u32, u32),
}

/// Ways of one shape.
pub(super) struct Cluster {
    objects: u64,
    bytes: u64,
    ways: u64,
    /// The object counted last, as one object's ways follow each other.
    last: u32,
    /// The steps of the shortest path, and the way that ends it.
    shortest: (u32, Way),
}

/// The ways to the objects `asked` about, those of most objects first.
pub(super) fn clusters(heap: &Heap<'_>, asked: &[bool]) -> Vec<Cluster> {
    let through = below(asked, |object| parent(heap, object));
    let mut shapes = Shapes::new(heap);
    let mut clusters: Map<u32, Cluster> = Map::default();
    for (object, way) in ways(heap, asked, &through) {
        let (shape, steps) = match way {
            Way::Root(position) => (shapes.root(position), 0),
            Way::Edge(holder, position) => shapes.step(holder, position),
        };
        let cluster = clusters.entry(shape).or_insert_with(|| Cluster::new((steps, way)));
        cluster.add(heap, object, (steps, way));
    }
    let mut clusters: Vec<Cluster> = clusters.into_values().collect();
    clusters.sort_by_key(|it| (Reverse((it.objects, it.bytes)), it.shortest));
    clusters
}

/// Each object with each way to it, by object.
fn ways(heap: &Heap<'_>, asked: &[bool], through: &[bool]) -> Vec<(u32, Way)> {
    let snapshot = heap.snapshot;
    let mut ways = Vec::new();
    for (position, root) in snapshot.roots.iter().enumerate() {
        if asked[root.object.index()] {
            ways.push((root.object.0, Way::Root(position as u32)));
        }
    }
    for holder in 0..snapshot.object_count() as u32 {
        if !heap.garbage.is_live(holder) {
            continue;
        }
        let independent = !asked[holder as usize] && !through[holder as usize];
        for position in snapshot.edges.range(holder) {
            let to = snapshot.edges.targets[position];
            let position = position as u32;
            if asked[to as usize] && (independent || heap.arrival(to) == Arrival::Edge(position)) {
                ways.push((to, Way::Edge(holder, position)));
            }
        }
    }
    ways.sort_unstable();
    ways
}

/// The holder on an object's route.
fn parent(heap: &Heap<'_>, object: u32) -> Option<u32> {
    match heap.arrival(object) {
        Arrival::Edge(position) => Some(heap.snapshot.edges.source(position as usize)),
        Arrival::Root(_) | Arrival::Nowhere => None,
    }
}

/// Which objects have one that is `marked` above them in a forest given by `parent`. Each is looked at once.
pub(crate) fn below(marked: &[bool], parent: impl Fn(u32) -> Option<u32>) -> Vec<bool> {
    let mut answers: Vec<Option<bool>> = vec![None; marked.len()];
    let mut pending = Vec::new();
    for object in 0..marked.len() as u32 {
        let mut at = object;
        let mut answer = loop {
            if let Some(answer) = answers[at as usize] {
                break answer || marked[at as usize];
            }
            pending.push(at);
            match parent(at) {
                Some(above) => at = above,
                None => break false,
            }
        };
        while let Some(at) = pending.pop() {
            answers[at as usize] = Some(answer);
            answer |= marked[at as usize];
        }
    }
    answers.into_iter().map(|answer| answer == Some(true)).collect()
}

impl Cluster {
    fn new(shortest: (u32, Way)) -> Self {
        Cluster {
            objects: 0,
            bytes: 0,
            ways: 0,
            last: NONE,
            shortest,
        }
    }

    fn add(&mut self, heap: &Heap<'_>, object: u32, way: (u32, Way)) {
        self.ways += 1;
        self.shortest = self.shortest.min(way);
        if std::mem::replace(&mut self.last, object) != object {
            self.objects += 1;
            self.bytes = self.bytes.saturating_add(heap.snapshot.objects.size[object as usize]);
        }
    }

    /// The cluster with its path drawn; there is one, as every holder counted is live.
    pub(super) fn group(&self, heap: &Heap<'_>) -> Option<Group> {
        let path = self.path(heap)?;
        Some(Group {
            objects: self.objects,
            bytes: self.bytes,
            ways: self.ways,
            place: path.render(heap.snapshot),
            path,
        })
    }

    fn path(&self, heap: &Heap<'_>) -> Option<Path> {
        let snapshot = heap.snapshot;
        match self.shortest.1 {
            Way::Root(position) => Some(Path {
                root: snapshot.roots[position as usize],
                steps: Vec::new(),
            }),
            Way::Edge(holder, position) => {
                let mut path = heap.path(holder)?;
                path.steps.push(Reference {
                    to: ObjectId(snapshot.edges.targets[position as usize]),
                    label: snapshot.edges.label(position as usize),
                });
                Some(path)
            }
        }
    }
}
