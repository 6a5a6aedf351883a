//! The shape of a path: its names without its numbers.
//!
//! Shapes are interned, each as a step that extends another shape, so that those of all paths in a tree of
//! routes cost one look-up an object. Indices, and keys that are data, count for nothing. A step that the last few
//! steps of a shape have already is folded into them: `head.next.next` is of the shape of `head.next`, so that
//! a long list has a few shapes rather than one an element.

use crate::RootKind;
use crate::graph::NONE;
use crate::graph::routes::Arrival;
use crate::heap::Heap;
use crate::label::Label;
use crate::maps::Map;

/// The longest structure that is recognised as repeating, in steps.
const PERIOD: usize = 6;

/// Added to the codes of roots, to tell them from those of labels.
const ROOT: u8 = 0x80;

/// A step: its kind, its name, the type that it leads to.
type Step = (u8, u32, u32);

/// The shapes of the routes to the objects asked for so far.
pub(crate) struct Shapes<'h, 's> {
    heap: &'h Heap<'s>,
    ids: Map<(u32, Step), u32>,
    /// Per shape: the one that it extends, and by what.
    parts: Vec<(u32, Step)>,
    /// Per object: the shape of its route and the steps in it, once known.
    known: Vec<(u32, u32)>,
}

impl<'h, 's> Shapes<'h, 's> {
    pub(crate) fn new(heap: &'h Heap<'s>) -> Self {
        Shapes {
            heap,
            ids: Map::default(),
            parts: Vec::new(),
            known: vec![(NONE, 0); heap.snapshot.object_count()],
        }
    }

    /// The shape of the route to a live object, and how many steps it has. Amortised O(1) in the objects passed.
    pub(crate) fn of(&mut self, object: u32) -> (u32, u32) {
        let mut pending = Vec::new();
        let mut at = object;
        while self.known[at as usize].0 == NONE {
            match self.heap.arrival(at) {
                Arrival::Edge(position) => {
                    pending.push((at, position));
                    at = self.heap.snapshot.edges.source(position as usize);
                }
                Arrival::Root(position) => self.known[at as usize] = (self.root(position), 0),
                Arrival::Nowhere => return (NONE, 0),
            }
        }
        while let Some((object, position)) = pending.pop() {
            self.known[object as usize] = self.step(at, position);
            at = object;
        }
        self.known[object as usize]
    }

    /// The shape of the root at `position`.
    pub(super) fn root(&mut self, position: u32) -> u32 {
        let root = self.heap.snapshot.roots[position as usize];
        let type_id = self.heap.type_id(root.object.0).0;
        self.intern(NONE, (ROOT | root.kind.code(), root.name.0, type_id))
    }

    /// The shape of the route to `holder` and on by the edge at `position`, and its steps.
    pub(super) fn step(&mut self, holder: u32, position: u32) -> (u32, u32) {
        let (shape, steps) = self.of(holder);
        let edges = &self.heap.snapshot.edges;
        let label = edges.label(position as usize);
        let (code, name) = match label {
            Label::Index(_) => (label.pack().0, 0),
            Label::Item(_) if !self.is_namespace(holder) => (label.pack().0, 0),
            _ => label.pack(),
        };
        let type_id = self.heap.type_id(edges.targets[position as usize]).0;
        (self.extend(shape, (code, name, type_id)), steps.saturating_add(1))
    }

    /// Whether the string keys of the object are names of attributes rather than data.
    fn is_namespace(&self, object: u32) -> bool {
        let is_module = |position| self.heap.snapshot.roots[position as usize].kind == RootKind::Module;
        self.heap.roles.owner(object).is_some()
            || matches!(self.heap.arrival(object), Arrival::Root(position) if is_module(position))
    }

    fn extend(&mut self, shape: u32, step: Step) -> u32 {
        let above = |at: &u32| self.parts.get(*at as usize).map(|part| part.0).filter(|it| *it != NONE);
        let mut recent = std::iter::successors(Some(shape), above).take(PERIOD);
        let folded = recent.find(|at| self.parts.get(*at as usize).is_some_and(|part| part.1 == step));
        folded.unwrap_or_else(|| self.intern(shape, step))
    }

    fn intern(&mut self, shape: u32, step: Step) -> u32 {
        *self.ids.entry((shape, step)).or_insert_with(|| {
            self.parts.push((shape, step));
            self.parts.len() as u32 - 1
        })
    }
}
