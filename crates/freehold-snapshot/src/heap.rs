//! A snapshot with everything that is computed once and asked often: dominators, routes, garbage, roles.

use crate::graph::dominators::Dominators;
use crate::graph::garbage::Garbage;
use crate::graph::reverse::Reverse;
use crate::graph::routes::{Arrival, Routes};
use crate::path::Path;
use crate::role::Roles;
use crate::snapshot::Reference;
use crate::{ObjectFlags, ObjectId, Snapshot, TypeFlags, TypeId};

/// The analysed graph. Objects are plain `u32` ids in here, in range by construction.
#[derive(Debug)]
pub(crate) struct Heap<'s> {
    pub snapshot: &'s Snapshot,
    pub dominators: Dominators,
    pub garbage: Garbage,
    pub roles: Roles,
    routes: Routes,
}

impl<'s> Heap<'s> {
    pub(crate) fn of(snapshot: &'s Snapshot) -> Heap<'s> {
        let garbage = Garbage::of(snapshot);
        // The holders are needed for dominators alone, and are the largest array: dropped at once.
        let reverse = Reverse::of(&snapshot.edges);
        let dominators = Dominators::of(snapshot, &reverse, &garbage);
        drop(reverse);
        Heap {
            snapshot,
            dominators,
            garbage,
            roles: Roles::of(snapshot),
            routes: Routes::of(snapshot),
        }
    }

    /// Bytes of the whole heap.
    pub(crate) fn total(&self) -> u64 {
        self.dominators.retained(self.dominators.super_root())
    }

    pub(crate) fn retained(&self, object: u32) -> u64 {
        self.dominators.retained(object)
    }

    pub(crate) fn type_id(&self, object: u32) -> TypeId {
        TypeId(self.snapshot.objects.type_id[object as usize])
    }

    pub(crate) fn type_name(&self, object: u32) -> &'s str {
        self.snapshot.type_name(self.type_id(object))
    }

    /// Whether the object is of the host's own types, to be looked through.
    pub(crate) fn is_builtin(&self, object: u32) -> bool {
        let flags = self.snapshot.type_flags(self.type_id(object));
        flags.contains(TypeFlags::BUILTIN)
    }

    pub(crate) fn has(&self, object: u32, flags: ObjectFlags) -> bool {
        ObjectFlags::from_bits(self.snapshot.objects.flags[object as usize]).contains(flags)
    }

    /// The entries that a container holds now, told by the labels of its references.
    pub(crate) fn entries(&self, object: u32) -> impl Iterator<Item = u32> + '_ {
        let edges = &self.snapshot.edges;
        edges
            .range(object)
            .filter(|position| edges.label(*position).is_entry())
            .map(|position| edges.targets[position])
    }

    /// The dominators of an object, nearest first, without the super-root.
    pub(crate) fn dominators_of(&self, object: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.dominators.dominator(object), |above| {
            self.dominators.dominator(*above)
        })
    }

    /// How the most readable path arrives at an object.
    pub(crate) fn arrival(&self, object: u32) -> Arrival {
        self.routes.arrival(object)
    }

    /// The most readable path from a root; `None` for garbage. O(length of the path × log objects).
    pub(crate) fn path(&self, object: u32) -> Option<Path> {
        let edges = &self.snapshot.edges;
        let mut steps = Vec::new();
        let mut at = object;
        loop {
            match self.arrival(at) {
                Arrival::Edge(position) => {
                    let label = edges.label(position as usize);
                    let to = ObjectId(at);
                    steps.push(Reference { to, label });
                    at = edges.source(position as usize);
                }
                Arrival::Root(position) => {
                    steps.reverse();
                    let root = self.snapshot.roots[position as usize];
                    return Some(Path { root, steps });
                }
                Arrival::Nowhere => return None,
            }
        }
    }
}
