//! Unreachable reference cycles, clustered by the type that characterises them.
//!
//! Each group of garbage ([`crate::graph::garbage`]) that really is a cycle counts once, under the type of its
//! representative. O(garbage).

use std::collections::VecDeque;

use crate::graph::garbage::Group;
use crate::heap::Heap;
use crate::label::Label;
use crate::maps::{Map, Set};
use crate::path::{bare, quoted};
use crate::snapshot::Reference;
use crate::suspect::threshold::least;
use crate::{NameId, ObjectFlags, ObjectId, TypeId};

/// Garbage groups of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cluster {
    pub type_id: TypeId,
    /// The representative that stands for the cluster: that of its largest group.
    pub object: u32,
    component: u32,
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
    let least = least(heap.total());
    let mut clusters: Vec<Cluster> = clusters.into_values().collect();
    clusters.retain(|cluster| cluster.bytes >= least);
    clusters
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

/// A shortest cycle through the cluster's object, as text: `Transfer.on_done → function → cell → Transfer`.
pub(super) fn representative(heap: &Heap<'_>, cluster: &Cluster) -> String {
    let cycle = shortest_cycle(heap, cluster);
    let mut text = String::new();
    let mut at = cluster.object;
    let mut in_namespace = false;
    for step in &cycle {
        if !in_namespace {
            text.push_str(last_segment(heap.type_name(at)));
        }
        in_namespace = step.label == Label::Namespace;
        if !in_namespace {
            text.push_str(&shown(heap, at, step.label));
            text.push_str(" → ");
        }
        at = step.to.0;
    }
    text.push_str(last_segment(heap.type_name(at)));
    bare_line(&text)
}

/// How a step of a cycle shows. The runtime's own wiring (`cell.cell_contents`, `function.__closure__`) does not.
fn shown(heap: &Heap<'_>, from: u32, label: Label) -> String {
    let name = |id: NameId| heap.snapshot.name(id);
    let plumbing = heap.is_builtin(from) && heap.roles.owner(from).is_none();
    match label {
        Label::Attribute(id) if plumbing && name(id).contains('_') => String::new(),
        Label::Attribute(id) => format!(".{}", bare(name(id))),
        Label::Item(id) if heap.roles.owner(from).is_some() => format!(".{}", bare(name(id))),
        Label::Item(id) => format!("[{}]", quoted(name(id))),
        Label::Index(index) => format!("[{index}]"),
        Label::Value => "[…]".into(),
        _ => String::new(),
    }
}

fn bare_line(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}

/// The name of a type without its module or path, type parameters kept whole.
fn last_segment(name: &str) -> &str {
    let head = name.split('<').next().unwrap_or(name);
    let start = head.rfind(['.', ':']).map_or(0, |dot| dot + 1);
    &name[start..]
}

/// Breadth-first search within the component, from the object back to itself.
fn shortest_cycle(heap: &Heap<'_>, cluster: &Cluster) -> Vec<Reference> {
    let edges = &heap.snapshot.edges;
    let components = &heap.garbage.components;
    let mut via: Map<u32, (u32, Label)> = Map::default();
    let mut seen = Set::default();
    seen.insert(cluster.object);
    let mut queue = VecDeque::from([cluster.object]);
    while let Some(from) = queue.pop_front() {
        for position in edges.range(from) {
            let (to, label) = (edges.targets[position], edges.label(position));
            if to == cluster.object {
                via.insert(to, (from, label));
                return unwind(&via, to);
            }
            let inside = components.component(to) == Some(cluster.component);
            if inside && seen.insert(to) {
                via.insert(to, (from, label));
                queue.push_back(to);
            }
        }
    }
    Vec::new()
}

/// The steps of the cycle that ends at `end`, in order.
fn unwind(via: &Map<u32, (u32, Label)>, end: u32) -> Vec<Reference> {
    let mut steps = Vec::new();
    let mut at = end;
    while let Some((from, label)) = via.get(&at) {
        let to = ObjectId(at);
        steps.push(Reference { to, label: *label });
        at = *from;
        if at == end {
            break;
        }
    }
    steps.reverse();
    steps
}
