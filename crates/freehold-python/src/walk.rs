//! The walk: every object once, breadth first, each numbered when it is first seen.
//!
//! Objects wait in the order of their numbers, which is the order in which a snapshot wants them, so the queue is
//! the table of objects and nothing is stored twice. First come the objects that a named root reaches
//! (modules, frames, threads), then whatever the collector tracks besides. An object of the second part whose
//! count exceeds the references seen is held by native code; what neither explains is garbage.
//!
//! Cost: O(objects + references); 12 bytes and a share of a page table per object.

use std::collections::HashMap;
use std::ops::Range;

use freehold_snapshot as snapshot;
use freehold_snapshot::{Builder, ObjectFlags, ObjectId};

use crate::Error;
use crate::address::AddressTable;
use crate::edges::{Reader, Scratch};
use crate::frames::Frame;
use crate::host::Host;
use crate::layout::weakref;
use crate::object::{Gil, Obj};
use crate::shallow;
use crate::types::{Kind, Types};

/// A walk in progress.
pub(crate) struct Walk<'a, 'gil> {
    pub(crate) host: &'a Host,
    pub(crate) gil: Gil<'gil>,
    pub(crate) builder: Builder,
    numbers: AddressTable,
    queue: Vec<usize>,
    /// References seen to each object.
    seen: Vec<u32>,
    next: usize,
    types: Types,
    scratch: Scratch<'gil>,
    /// Interpreter frames, which are walked like objects and are none, by address.
    frames: HashMap<usize, Frame<'gil>>,
    /// Objects of the agent's own, which stay out of the snapshot.
    hidden: &'a [usize],
    marks: HashMap<usize, ObjectFlags>,
}

impl<'a, 'gil> Walk<'a, 'gil> {
    /// A walk that will fill `builder` and pass over the objects at `hidden`.
    pub(crate) fn new(host: &'a Host, gil: Gil<'gil>, builder: Builder, hidden: &'a [usize]) -> Self {
        Self {
            host,
            gil,
            builder,
            numbers: AddressTable::new(),
            queue: Vec::new(),
            seen: Vec::new(),
            next: 0,
            types: Types::new(),
            scratch: Scratch::new(),
            frames: HashMap::new(),
            hidden,
            marks: HashMap::new(),
        }
    }

    /// Notes a fact of an object before it is walked.
    pub(crate) fn mark(&mut self, object: Obj<'gil>, flags: ObjectFlags) {
        *self.marks.entry(object.address()).or_default() |= flags;
    }

    /// Makes sure that `object` is walked; `None` for the agent's own.
    pub(crate) fn enqueue(&mut self, object: Obj<'gil>) -> Option<ObjectId> {
        self.number(object.address()).map(ObjectId)
    }

    /// Makes sure that an executing frame is walked, as if it were an object.
    pub(crate) fn enqueue_frame(&mut self, frame: Frame<'gil>) -> Option<ObjectId> {
        let address = frame.address();
        self.frames.insert(address, frame);
        self.number(address).map(ObjectId)
    }

    fn number(&mut self, address: usize) -> Option<u32> {
        if self.hidden.contains(&address) {
            return None;
        }
        let next = self.queue.len() as u32;
        let known = self.numbers.get_or_insert(address, next);
        Some(known.unwrap_or_else(|| {
            self.queue.push(address);
            self.seen.push(0);
            next
        }))
    }

    /// The kind of `object`.
    pub(crate) fn kind(&mut self, object: Obj<'gil>) -> Kind {
        self.types
            .facts(self.gil, object.ty(), &self.host.layout, &mut self.builder)
            .kind
    }

    /// How many objects have been walked.
    pub(crate) fn walked(&self) -> usize {
        self.next
    }

    /// The number of the object at `address`, if it was reached.
    pub(crate) fn find(&self, address: usize) -> Option<ObjectId> {
        self.numbers.get(address).map(ObjectId)
    }

    /// Walks until nothing waits.
    pub(crate) fn run(&mut self) -> Result<(), Error> {
        while let Some(&address) = self.queue.get(self.next) {
            if let Some(frame) = self.frames.remove(&address) {
                self.frame(&frame)?;
            } else {
                // SAFETY: the queue holds roots, tracked objects and what live objects refer to: all alive.
                self.object(unsafe { Obj::at(self.gil, address) })?;
            }
            self.next += 1;
        }
        Ok(())
    }

    fn object(&mut self, object: Obj<'gil>) -> Result<(), Error> {
        let facts = self
            .types
            .facts(self.gil, object.ty(), &self.host.layout, &mut self.builder);
        let mut flags = self.marks.get(&object.address()).copied().unwrap_or_default();
        if self.is_immortal(object) {
            flags |= ObjectFlags::IMMORTAL;
        }
        if facts.kind == Kind::Deque && crate::bounded::is_bounded_deque(object) {
            flags |= ObjectFlags::BOUNDED;
        }
        if facts.kind == Kind::Weakref && self.has_referent(object) {
            flags |= ObjectFlags::WEAK;
        }
        let from = self.builder.object(snapshot::Object {
            address: object.address() as u64,
            type_id: facts.id,
            size: shallow::size(object, &facts, &self.host.layout),
            count: self.count(object),
            flags,
        })?;
        let mut reader = Reader {
            host: self.host,
            gil: self.gil,
            builder: &mut self.builder,
            scratch: &mut self.scratch,
        };
        reader.read(object, &facts);
        self.link(from)
    }

    fn frame(&mut self, frame: &Frame<'gil>) -> Result<(), Error> {
        let type_id = self.builder.type_id("frame", snapshot::TypeFlags::BUILTIN);
        let from = self.builder.object(snapshot::Object {
            address: frame.address() as u64,
            type_id,
            size: 0,
            count: 1,
            flags: ObjectFlags::NONE,
        })?;
        let mut reader = Reader {
            host: self.host,
            gil: self.gil,
            builder: &mut self.builder,
            scratch: &mut self.scratch,
        };
        reader.executing(frame);
        self.link(from)
    }

    /// Records the references that the scratch holds, all from `from`.
    fn link(&mut self, from: ObjectId) -> Result<(), Error> {
        let edges = std::mem::take(&mut self.scratch.edges);
        for &(to, label) in &edges {
            if let Some(number) = self.number(to.address()) {
                self.seen[number as usize] += 1;
                self.builder.reference(from, ObjectId(number), label)?;
            }
        }
        self.scratch.edges = edges;
        Ok(())
    }

    /// Objects among `numbers` that are referred to more often than the walk saw, each with its kind.
    pub(crate) fn surplus(&mut self, numbers: Range<usize>) -> Vec<(ObjectId, Kind, bool)> {
        let mut found = Vec::new();
        for number in numbers {
            // SAFETY: only the first part of the walk has frames; all numbers of the second are live objects.
            let object = unsafe { Obj::at(self.gil, self.queue[number]) };
            let immortal = self.is_immortal(object);
            if immortal || self.count(object) > u64::from(self.seen[number]) {
                let facts = self
                    .types
                    .facts(self.gil, object.ty(), &self.host.layout, &mut self.builder);
                found.push((ObjectId(number as u32), facts.kind, immortal));
            }
        }
        found
    }

    /// Whether `object`, a weak reference, still has its object.
    fn has_referent(&self, object: Obj<'gil>) -> bool {
        // SAFETY: a weak reference has its object, or `None`, there.
        let referent = unsafe { object.field(weakref::OBJECT) };
        referent.is_some_and(|referent| referent.as_ptr() != self.host.api._Py_NoneStruct)
    }

    /// The reference count.
    fn count(&self, object: Obj<'gil>) -> u64 {
        let raw = object.raw_count();
        if self.host.layout.immortals {
            raw & 0xffff_ffff
        } else {
            raw
        }
    }

    /// Whether the count is not maintained: negative in 32 bits, from 3.12.
    fn is_immortal(&self, object: Obj<'gil>) -> bool {
        self.host.layout.immortals && (object.raw_count() as i32) < 0
    }
}
