//! A heap at one moment: columns of objects, edges, roots and names, held in memory.
//!
//! Edges are in compressed sparse row form: those of object *i* are `targets[starts[i]..starts[i + 1]]`, so
//! that "whom does *i* hold" is a slice. A finished snapshot is consistent: every id in it is in range.
//! Cost: 28 bytes an object and 9 an edge, plus names.

use crate::label::Label;
use crate::strings::Strings;
use crate::{Meta, NameId, Object, ObjectFlags, ObjectId, Root, TypeFlags, TypeId};

/// The columns of the object table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Objects {
    pub address: Vec<u64>,
    pub type_id: Vec<u32>,
    pub size: Vec<u64>,
    pub count: Vec<u64>,
    pub flags: Vec<u32>,
}

impl Objects {
    pub(crate) fn len(&self) -> usize {
        self.address.len()
    }

    pub(crate) fn push(&mut self, object: Object) {
        self.address.push(object.address);
        self.type_id.push(object.type_id.0);
        self.size.push(object.size);
        self.count.push(object.count);
        self.flags.push(object.flags.bits());
    }

    fn get(&self, index: usize) -> Object {
        Object {
            address: self.address[index],
            type_id: TypeId(self.type_id[index]),
            size: self.size[index],
            count: self.count[index],
            flags: ObjectFlags::from_bits(self.flags[index]),
        }
    }
}

/// The edges, by source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edges {
    /// One more entry than there are objects.
    pub starts: Vec<u32>,
    pub targets: Vec<u32>,
    pub codes: Vec<u8>,
    pub payloads: Vec<u32>,
}

impl Edges {
    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    /// The positions of the edges of object `from`.
    #[inline]
    pub(crate) fn range(&self, from: u32) -> std::ops::Range<usize> {
        let from = from as usize;
        self.starts[from] as usize..self.starts[from + 1] as usize
    }

    /// Who holds at `position`: the row that the position falls into. O(log objects).
    pub(crate) fn source(&self, position: usize) -> u32 {
        self.starts.partition_point(|start| *start as usize <= position) as u32 - 1
    }

    /// Whom object `from` holds.
    #[inline]
    pub(crate) fn targets(&self, from: u32) -> &[u32] {
        &self.targets[self.range(from)]
    }

    /// The label of the edge at `position`.
    #[inline]
    pub(crate) fn label(&self, position: usize) -> Label {
        Label::unpack(self.codes[position], self.payloads[position]).unwrap_or(Label::Other)
    }
}

/// The types: a name and flags each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Types {
    pub names: Strings,
    pub flags: Vec<u32>,
}

/// One point of a container's length over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length {
    /// When, in seconds since the program started.
    pub seconds: f64,
    /// How many entries it had then.
    pub length: u64,
}

/// One edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The object held.
    pub to: ObjectId,
    /// How it is held.
    pub label: Label,
}

/// A captured heap. Made by [`crate::Builder::finish`] or [`Snapshot::load`].
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub(crate) meta: Meta,
    pub(crate) objects: Objects,
    pub(crate) edges: Edges,
    pub(crate) roots: Vec<Root>,
    pub(crate) types: Types,
    pub(crate) names: Strings,
    /// Sorted by object, then by time.
    pub(crate) lengths: Vec<(u32, Length)>,
}

impl Snapshot {
    /// Where the snapshot comes from.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// How many objects there are.
    pub fn object_count(&self) -> usize {
        self.objects.len()
    }

    /// How many references there are between objects.
    pub fn reference_count(&self) -> usize {
        self.edges.len()
    }

    /// Every object with its id, in order of id.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = (ObjectId, Object)> + '_ {
        (0..self.objects.len()).map(|index| (ObjectId(index as u32), self.objects.get(index)))
    }

    /// One object, if there is one with that id. O(1).
    pub fn object(&self, id: ObjectId) -> Option<Object> {
        (id.index() < self.objects.len()).then(|| self.objects.get(id.index()))
    }

    /// Whom object `from` holds, and how; nothing for an id that is not of this snapshot.
    pub fn references(&self, from: ObjectId) -> impl ExactSizeIterator<Item = Reference> + '_ {
        let range = match from.index() < self.objects.len() {
            true => self.edges.range(from.0),
            false => 0..0,
        };
        range.map(|position| Reference {
            to: ObjectId(self.edges.targets[position]),
            label: self.edges.label(position),
        })
    }

    /// Every root, in capture order.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The name of a type; empty for an id that is not of this snapshot.
    pub fn type_name(&self, id: TypeId) -> &str {
        self.types.names.get(id.0)
    }

    /// The name of an object's type; empty for an id that is not of this snapshot.
    pub fn type_name_of(&self, object: ObjectId) -> &str {
        let type_id = self.objects.type_id.get(object.index());
        type_id.map_or("", |id| self.types.names.get(*id))
    }

    /// The flags of a type; none for an id that is not of this snapshot.
    pub fn type_flags(&self, id: TypeId) -> TypeFlags {
        TypeFlags::from_bits(self.types.flags.get(id.index()).copied().unwrap_or(0))
    }

    /// A name; empty for an id that is not of this snapshot.
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(id.0)
    }

    /// The length of a container over time, oldest first; empty where none was recorded. O(log points).
    pub fn lengths(&self, object: ObjectId) -> impl ExactSizeIterator<Item = Length> + '_ {
        let start = self.lengths.partition_point(|(of, _)| *of < object.0);
        let end = self.lengths.partition_point(|(of, _)| *of <= object.0);
        self.lengths[start..end].iter().map(|(_, point)| *point)
    }

    /// The containers whose length was recorded, in order of id.
    pub(crate) fn watched(&self) -> impl Iterator<Item = u32> + '_ {
        self.lengths
            .chunk_by(|(object, _), (next, _)| object == next)
            .filter_map(|points| points.first().map(|(object, _)| *object))
    }

    /// The shallow sizes of all objects together, in bytes. O(objects).
    pub fn total_size(&self) -> u64 {
        self.objects
            .size
            .iter()
            .fold(0, |total: u64, size| total.saturating_add(*size))
    }
}
