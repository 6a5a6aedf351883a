//! Everything that is derived from one snapshot, computed once.

use crate::census::{CensusRow, census};
use crate::diff::{self, Diff};
use crate::graph::dominators::Dominators;
use crate::heap::Heap;
use crate::path::Path;
use crate::retainers::{Retainer, retainers};
use crate::suspect::{self, Suspect};
use crate::why::{self, Why};
use crate::{ObjectId, Snapshot};

impl Snapshot {
    /// Computes dominators, retained sizes, paths, suspects, top retainers and the census.
    ///
    /// O(references × log objects) time; about 80 bytes an object and 4 a reference of further memory.
    pub fn analyse(&self) -> Analysis<'_> {
        let heap = Heap::of(self);
        Analysis {
            suspects: suspect::find(&heap),
            retainers: retainers(&heap),
            census: census(self),
            heap,
        }
    }
}

/// What is known of a snapshot.
#[derive(Debug)]
pub struct Analysis<'s> {
    heap: Heap<'s>,
    suspects: Vec<Suspect>,
    retainers: Vec<Retainer>,
    census: Vec<CensusRow>,
}

impl<'s> Analysis<'s> {
    /// The snapshot analysed.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.heap.snapshot
    }

    /// Leak suspects: those that are known to grow or to be garbage first, then by bytes.
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// The objects that retain most, without overlap, most bytes first.
    pub fn retainers(&self) -> &[Retainer] {
        &self.retainers
    }

    /// Objects and bytes by type, most bytes first.
    pub fn census(&self) -> &[CensusRow] {
        &self.census
    }

    /// Bytes of all objects together.
    pub fn total_size(&self) -> u64 {
        self.heap.total()
    }

    /// Objects and bytes that no root reaches. O(objects).
    pub fn garbage(&self) -> (u64, u64) {
        let sizes = self.heap.snapshot.objects.size.iter().enumerate();
        sizes
            .filter(|(object, _)| !self.heap.garbage.is_live(*object as u32))
            .fold((0, 0), |(objects, bytes), (_, size)| {
                (objects + 1, u64::saturating_add(bytes, *size))
            })
    }

    /// Whether no root reaches the object.
    pub fn is_garbage(&self, object: ObjectId) -> bool {
        self.known(object).is_some_and(|it| !self.heap.garbage.is_live(it))
    }

    /// One object of each group of garbage, from which the rest of the group is reached.
    pub(crate) fn garbage_groups(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let groups = self.heap.garbage.groups.iter();
        groups.map(|group| ObjectId(group.representative))
    }

    /// Bytes that would be freed with the object, itself included; 0 for an id that is not of this snapshot.
    pub fn retained(&self, object: ObjectId) -> u64 {
        self.known(object).map_or(0, |it| self.heap.retained(it))
    }

    /// Objects that would be freed with the object, itself included.
    pub fn retained_objects(&self, object: ObjectId) -> u64 {
        self.known(object)
            .map_or(0, |it| u64::from(self.dominators().objects(it)))
    }

    /// The nearest object without which `object` would be freed, if there is one.
    pub fn dominator(&self, object: ObjectId) -> Option<ObjectId> {
        let above = self.dominators().dominator(self.known(object)?)?;
        Some(ObjectId(above))
    }

    /// The objects whose nearest dominator is `object`.
    pub fn dominated(&self, object: ObjectId) -> impl Iterator<Item = ObjectId> + '_ {
        let children = self.known(object).map(|it| self.dominators().children(it));
        children.unwrap_or_default().iter().map(|child| ObjectId(*child))
    }

    /// The most readable path from a root to the object; none for garbage.
    pub fn path(&self, object: ObjectId) -> Option<Path> {
        self.heap.path(self.known(object)?)
    }

    /// What keeps the objects alive: the ways from roots to them, one representative path for each shape of way.
    ///
    /// Ids that are not of this snapshot are passed over. O(objects + references).
    pub fn why(&self, objects: &[ObjectId]) -> Why {
        why::why(&self.heap, objects)
    }

    /// What grew since `older` snapshots, the oldest of them first. O(objects + references).
    pub fn diff(&self, older: &[Snapshot]) -> Diff {
        diff::diff(&self.heap, older)
    }

    fn dominators(&self) -> &Dominators {
        &self.heap.dominators
    }

    fn known(&self, object: ObjectId) -> Option<u32> {
        (object.index() < self.heap.snapshot.object_count()).then_some(object.0)
    }
}
