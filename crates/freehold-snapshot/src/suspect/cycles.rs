//! Unreachable reference cycles, clustered by the type that characterises them.
//!
//! Each group of garbage ([`crate::graph::garbage`]) that really is a cycle counts once, under the type of its
//! representative. A collector that is at work gets to garbage in its own time, and there is always some that it
//! has not got to yet: then only striking amounts count. O(garbage).

use crate::graph::garbage::Group;
use crate::heap::Heap;
use crate::maps::Map;
use crate::suspect::threshold::{least, least_unknown};
use crate::{ObjectFlags, TypeId};

/// Garbage groups of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cluster {
    pub type_id: TypeId,
    /// The representative that stands for the cluster: that of its largest group.
    pub object: u32,
    /// Its strongly connected component.
    pub component: u32,
    pub cycles: u64,
    /// Objects of the type in the cycles.
    pub objects: u64,
    /// What would be freed.
    pub bytes: u64,
    /// How many representatives were frozen out of the collector's sight.
    pub frozen: u64,
}

/// The clusters that are worth mentioning.
pub(super) fn find(heap: &Heap<'_>) -> Vec<Cluster> {
    let mut clusters: Map<TypeId, Cluster> = Map::default();
    for group in &heap.garbage.groups {
        if is_cycle(heap, group) {
            let type_id = heap.type_id(group.representative);
            clusters
                .entry(type_id)
                .or_insert_with(|| Cluster::new(type_id, group))
                .add(heap, group);
        }
    }
    let mut clusters: Vec<Cluster> = clusters.into_values().collect();
    clusters.retain(|cluster| {
        let least = match obstacle(heap, cluster) {
            Obstacle::None => least_unknown(heap.total()),
            _ => least(heap.total()),
        };
        cluster.bytes >= least
    });
    clusters
}

/// What keeps the cycle collector from a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Nothing: it will come to it.
    None,
    /// It is switched off.
    Disabled,
    /// The count of new objects at which it would start is 0, which means never.
    NoThreshold,
    /// Most of the cluster was frozen.
    Frozen,
    /// The snapshot does not say.
    Unknown,
}

/// Why a cluster is still there, by the notes of the host.
pub(super) fn obstacle(heap: &Heap<'_>, cluster: &Cluster) -> Obstacle {
    let note = |name: &str| heap.snapshot.meta.notes.get(name).map(String::as_str);
    let never = note("gc.threshold").is_some_and(|it| it.split(',').next() == Some("0"));
    match note("gc.enabled") {
        Some("false") => Obstacle::Disabled,
        _ if cluster.frozen * 2 > cluster.cycles => Obstacle::Frozen,
        Some(_) if never => Obstacle::NoThreshold,
        Some(_) => Obstacle::None,
        None => Obstacle::Unknown,
    }
}

fn is_cycle(heap: &Heap<'_>, group: &Group) -> bool {
    let members = heap.garbage.components.members(group.component);
    let targets = heap.snapshot.edges.targets(group.representative);
    members.len() > 1 || targets.contains(&group.representative)
}

impl Cluster {
    fn new(type_id: TypeId, group: &Group) -> Cluster {
        Cluster {
            type_id,
            object: group.representative,
            component: group.component,
            cycles: 0,
            objects: 0,
            bytes: 0,
            frozen: 0,
        }
    }

    fn add(&mut self, heap: &Heap<'_>, group: &Group) {
        let bytes = heap.retained(group.representative);
        if bytes > heap.retained(self.object) {
            self.object = group.representative;
            self.component = group.component;
        }
        let members = heap.garbage.components.members(group.component);
        let alike = members.iter().filter(|it| heap.type_id(**it) == self.type_id);
        self.cycles += 1;
        self.objects += alike.count() as u64;
        self.bytes = self.bytes.saturating_add(bytes);
        self.frozen += u64::from(heap.has(group.representative, ObjectFlags::FROZEN));
    }
}
