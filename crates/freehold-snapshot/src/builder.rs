//! Builds a [`Snapshot`] from a capture, object by object and edge by edge.
//!
//! References come in order of their source, so the sparse rows are filled in place: no sort and no second
//! copy of the edges. Every call is O(1) expected, apart from the length of a name.

use crate::label::Label;
use crate::snapshot::{Edges, Length, Objects, Snapshot, Types};
use crate::strings::Interner;
use crate::{Error, Meta, NameId, Object, ObjectId, Root, RootKind, TypeFlags, TypeId};

/// The number of ids in use is kept below this: one is spare for the super-root, one for "none".
pub(crate) const MOST_IDS: usize = u32::MAX as usize - 1;

/// Collects a capture; [`Builder::finish`] checks it and yields the snapshot.
#[derive(Debug)]
pub struct Builder {
    meta: Meta,
    objects: Objects,
    edges: Edges,
    roots: Vec<Root>,
    types: Interner,
    type_flags: Vec<u32>,
    names: Interner,
    lengths: Vec<(u32, Length)>,
    furthest: u32,
}

impl Builder {
    /// An empty capture of the process that `meta` describes.
    pub fn new(meta: Meta) -> Builder {
        Builder {
            meta,
            objects: Objects::default(),
            edges: Edges::default(),
            roots: Vec::new(),
            types: Interner::default(),
            type_flags: Vec::new(),
            names: Interner::default(),
            lengths: Vec::new(),
            furthest: 0,
        }
    }

    /// The id of the type called `name`. The first call for a name makes it; later ones add their flags.
    ///
    /// Python's built-in types go unprefixed (`dict`), others as `module.Qualname`; Rust's by full path.
    pub fn type_id(&mut self, name: &str, flags: TypeFlags) -> TypeId {
        let id = TypeId(self.types.intern(name));
        match self.type_flags.get_mut(id.index()) {
            Some(known) => *known |= flags.bits(),
            None => self.type_flags.push(flags.bits()),
        }
        id
    }

    /// The id of `name`.
    pub fn name(&mut self, name: &str) -> NameId {
        NameId(self.names.intern(name))
    }

    /// Adds an object; ids are dense, in call order.
    ///
    /// # Errors
    /// When the type is not of this builder, or ids run out.
    pub fn object(&mut self, object: Object) -> Result<ObjectId, Error> {
        if object.type_id.index() >= self.type_flags.len() {
            return Err(Error::capture(format!(
                "object {} has type {}, which was not added",
                self.objects.len(),
                object.type_id.0
            )));
        }
        let id = next_id(self.objects.len(), "objects")?;
        self.objects.push(object);
        Ok(ObjectId(id))
    }

    /// Adds a reference. `from` must not decrease from one call to the next; `to` may be added later.
    ///
    /// # Errors
    /// When `from` is out of order or not added yet, when the label's name is not of this builder, or when
    /// there are too many references.
    pub fn reference(&mut self, from: ObjectId, to: ObjectId, label: Label) -> Result<(), Error> {
        self.open_row(from)?;
        self.check_label(label)?;
        next_id(self.edges.len(), "references")?;
        let (code, payload) = label.pack();
        self.edges.targets.push(to.0);
        self.edges.codes.push(code);
        self.edges.payloads.push(payload);
        self.furthest = self.furthest.max(to.0);
        Ok(())
    }

    /// Adds a root: something outside the graph, of the given kind and name, holds `object`.
    ///
    /// # Errors
    /// When the object was not added yet or the name is not of this builder.
    pub fn root(&mut self, object: ObjectId, kind: RootKind, name: NameId) -> Result<(), Error> {
        self.check_object(object, "a root")?;
        self.check_name(name)?;
        self.roots.push(Root { object, kind, name });
        Ok(())
    }

    /// Adds one point of a container's length over time: `length` entries at `at` seconds since the program
    /// started. Points of one object come oldest first; those of several objects may interleave.
    ///
    /// # Errors
    /// When the object was not added yet or the time is not a finite number.
    pub fn length(&mut self, object: ObjectId, at: f64, length: u64) -> Result<(), Error> {
        self.check_object(object, "a length")?;
        if !at.is_finite() {
            return Err(Error::capture(format!(
                "the length of object {} was taken at {at} seconds",
                object.0
            )));
        }
        let seconds = at;
        self.lengths.push((object.0, Length { seconds, length }));
        Ok(())
    }

    /// Checks the whole and yields the snapshot. O(objects + points log points).
    ///
    /// # Errors
    /// When a reference leads to an object that was never added, lengths are not in order of time, names
    /// outgrew their ids, or a time in the meta data is not a finite number.
    pub fn finish(mut self) -> Result<Snapshot, Error> {
        if !(self.meta.time.is_finite() && self.meta.uptime.is_finite()) {
            return Err(Error::capture("its time is not a finite number"));
        }
        let count = self.objects.len();
        if self.edges.len() > 0 && self.furthest as usize >= count {
            return Err(Error::capture(format!(
                "a reference leads to object {}, and there are {count} objects",
                self.furthest
            )));
        }
        if self.names.is_full() || self.types.is_full() {
            return Err(Error::limit("names"));
        }
        let end = self.edges.len() as u32;
        self.edges.starts.resize(count + 1, end);
        sort_lengths(&mut self.lengths)?;
        Ok(Snapshot {
            meta: self.meta,
            objects: self.objects,
            edges: self.edges,
            roots: self.roots,
            types: Types {
                names: self.types.into_strings(),
                flags: self.type_flags,
            },
            names: self.names.into_strings(),
            lengths: self.lengths,
        })
    }

    /// Closes the rows before `from` and opens its own, if it is not the one open.
    fn open_row(&mut self, from: ObjectId) -> Result<(), Error> {
        self.check_object(from, "a reference")?;
        let rows = self.edges.starts.len();
        if from.index() + 1 < rows {
            return Err(Error::capture(format!(
                "a reference of object {} came after one of object {}",
                from.0,
                rows - 1
            )));
        }
        let start = self.edges.len() as u32;
        self.edges.starts.resize(from.index() + 1, start);
        Ok(())
    }

    fn check_object(&self, object: ObjectId, what: &str) -> Result<(), Error> {
        if object.index() < self.objects.len() {
            return Ok(());
        }
        Err(Error::capture(format!(
            "{what} is of object {}, which was not added",
            object.0
        )))
    }

    fn check_label(&self, label: Label) -> Result<(), Error> {
        match label {
            Label::Attribute(name) | Label::Item(name) | Label::Local(name) | Label::Cell(name) => {
                self.check_name(name)
            }
            _ => Ok(()),
        }
    }

    fn check_name(&self, name: NameId) -> Result<(), Error> {
        if name.index() < self.names.len() {
            return Ok(());
        }
        Err(Error::capture(format!("name {} was not added", name.0)))
    }
}

/// The id after `taken` ones, or the error that there is none.
fn next_id(taken: usize, what: &'static str) -> Result<u32, Error> {
    if taken >= MOST_IDS {
        return Err(Error::limit(what));
    }
    Ok(taken as u32)
}

/// Groups the points by object, keeping each object's order, which must be that of time.
pub(crate) fn sort_lengths(lengths: &mut [(u32, Length)]) -> Result<(), Error> {
    lengths.sort_by_key(|(object, _)| *object);
    for pair in lengths.windows(2) {
        let [(object, first), (next, second)] = pair else {
            continue;
        };
        if object == next && second.seconds < first.seconds {
            return Err(Error::capture(format!(
                "the lengths of object {object} are not in order of time"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
