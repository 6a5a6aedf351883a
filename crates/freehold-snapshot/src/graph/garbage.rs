//! Garbage: objects that no root reaches, and the groups that it falls into.
//!
//! A garbage object is in a reference cycle or held by one. In the condensation of the garbage (its strongly
//! connected components) the components that no other one holds are the *groups*: each keeps itself
//! alive, and everything else in the garbage hangs from one or several of them. O(objects + references).

use crate::graph::components::Components;
use crate::snapshot::Edges;
use crate::{Root, Snapshot, TypeFlags, TypeId};

/// What is unreachable.
#[derive(Debug)]
pub(crate) struct Garbage {
    live: Vec<bool>,
    /// Its strongly connected components.
    pub components: Components,
    /// Per group: its component and the member that stands for it.
    pub groups: Vec<Group>,
}

/// A component of the garbage that nothing else holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub component: u32,
    /// The member from which the rest is reached in dominator trees and paths.
    pub representative: u32,
}

impl Garbage {
    pub(crate) fn of(snapshot: &Snapshot) -> Garbage {
        let live = reachable(&snapshot.edges, &snapshot.roots);
        let components = Components::of(&snapshot.edges, |object| !live[object as usize]);
        let groups = sources(&snapshot.edges, &components)
            .map(|component| Group {
                component,
                representative: representative(snapshot, components.members(component)),
            })
            .collect();
        Garbage {
            live,
            components,
            groups,
        }
    }

    pub(crate) fn is_live(&self, object: u32) -> bool {
        self.live[object as usize]
    }
}

/// Marks what the roots reach.
fn reachable(edges: &Edges, roots: &[Root]) -> Vec<bool> {
    let mut live = vec![false; edges.starts.len() - 1];
    let mut pending = Vec::new();
    for root in roots {
        if !std::mem::replace(&mut live[root.object.index()], true) {
            pending.push(root.object.0);
        }
    }
    while let Some(object) = pending.pop() {
        for to in edges.targets(object) {
            if !std::mem::replace(&mut live[*to as usize], true) {
                pending.push(*to);
            }
        }
    }
    live
}

/// The components that no other component holds.
fn sources(edges: &Edges, components: &Components) -> impl Iterator<Item = u32> + use<> {
    let count = components.len() as u32;
    let mut held = vec![false; count as usize];
    for component in 0..count {
        for member in components.members(component) {
            for to in edges.targets(*member) {
                if let Some(other) = components.component(*to).filter(|it| *it != component) {
                    held[other as usize] = true;
                }
            }
        }
    }
    (0..count).filter(move |component| !held[*component as usize])
}

/// The member that tells most about a group: of the program's own types rather than the runtime's, then the
/// earliest captured, so that equal groups get equal representatives.
fn representative(snapshot: &Snapshot, members: &[u32]) -> u32 {
    let plumbing = |object: u32| {
        let type_id = TypeId(snapshot.objects.type_id[object as usize]);
        snapshot.type_flags(type_id).contains(TypeFlags::BUILTIN)
    };
    let best = members.iter().min_by_key(|member| (plumbing(**member), **member));
    best.copied().unwrap_or_default()
}
