//! The references that an object holds, each with the name by which a programmer knows it.
//!
//! What an object holds is what its `tp_traverse` visits: that is exact, counts each reference once and runs
//! no user code. Names come separately, as *hints*: pairs of an object and a label, read from known layouts, that
//! are matched with what was visited. A hint without a visit is dropped, a visit without a hint is
//! [`Label::Other`], so a wrong layout can misname a reference and never invent one.
//!
//! The exceptions are references that `tp_traverse` leaves out because they cannot be part of a cycle: string
//! keys, the names and subclasses of types, all that code objects and static types hold. Those are read from
//! their layouts as *extra* references. Dictionaries, lists and tuples are read directly.

pub(crate) mod code;
pub(crate) mod containers;
pub(crate) mod instance;
pub(crate) mod variables;

use std::ffi::c_int;

use foldhash::fast::FixedState;
use freehold_snapshot::{Builder, Label};
use hashbrown::HashMap;

use crate::api::{Pointer, TraverseProc};
use crate::host::Host;
use crate::object::{Gil, Obj};
use crate::types::{Kind, TypeFacts};

/// What an edge is read from and written to: reused from object to object.
pub(crate) struct Scratch<'gil> {
    /// The result: each reference with its label.
    pub(crate) edges: Vec<(Obj<'gil>, Label)>,
    hints: Vec<(usize, Label)>,
    visited: Vec<usize>,
    /// Closures' cells met so far, by the address of the tuple that holds them: the names of the variables.
    closures: HashMap<usize, Vec<freehold_snapshot::NameId>, FixedState>,
}

/// What reading an object's references needs.
pub(crate) struct Reader<'a, 'gil> {
    pub(crate) host: &'a Host,
    pub(crate) gil: Gil<'gil>,
    pub(crate) builder: &'a mut Builder,
    pub(crate) scratch: &'a mut Scratch<'gil>,
}

impl<'gil> Scratch<'gil> {
    pub(crate) fn new() -> Self {
        Self {
            edges: Vec::new(),
            hints: Vec::new(),
            visited: Vec::new(),
            closures: HashMap::default(),
        }
    }
}

impl<'gil> Reader<'_, 'gil> {
    /// Fills `scratch.edges` with the references of `object`, an instance of the type of `facts`.
    pub(crate) fn read(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        self.scratch.edges.clear();
        match facts.kind {
            Kind::Dict if facts.exact => self.dict(object),
            Kind::List | Kind::Tuple if facts.exact => self.sequence(object, facts.kind),
            Kind::Str | Kind::Bytes | Kind::Int if facts.exact => {}
            Kind::Code => self.code(object, facts),
            _ => self.instance(object, facts),
        }
    }

    /// Adds a reference that `tp_traverse` does not visit.
    pub(crate) fn extra(&mut self, to: Option<Obj<'gil>>, label: Label) {
        if let Some(to) = to {
            self.scratch.edges.push((to, label));
        }
    }

    /// Names a reference that `tp_traverse` may visit.
    pub(crate) fn hint(&mut self, to: Option<Obj<'gil>>, label: Label) {
        if let Some(to) = to {
            self.scratch.hints.push((to.address(), label));
        }
    }

    fn instance(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        self.scratch.hints.clear();
        self.scratch.visited.clear();
        if facts.is_tracked(object) {
            visit(object, facts.traverse, &mut self.scratch.visited);
        }
        self.special(object, facts);
        self.members(object, facts);
        self.attributes(object, facts);
        self.own_type(object, facts);
        self.join();
    }

    /// The kinds that have more to them than members and attributes.
    fn special(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        match facts.kind {
            Kind::Dict => self.dict_subclass(object),
            Kind::List | Kind::Tuple => self.sequence_subclass(object, facts.kind),
            Kind::Deque => self.deque(object),
            Kind::Set => self.set(object),
            Kind::Module => self.module(object),
            Kind::Type => self.type_object(object, facts),
            Kind::Function => self.function(object),
            Kind::Cell => self.cell(object),
            Kind::LruCache => self.cache_links(),
            Kind::Generator | Kind::Frame => self.variables(object, facts.kind),
            _ => {}
        }
    }

    /// Every instance of a heap type counts as a reference to it, visited or not.
    fn own_type(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        if !facts.heap {
            return;
        }
        let ty = object.ty().object();
        self.hint(Some(ty), Label::Type);
        if !self.scratch.visited.contains(&ty.address()) {
            self.extra(Some(ty), Label::Type);
        }
    }

    /// Gives each visited reference the label of a hint for the same object, each hint used once.
    fn join(&mut self) {
        const FEW: usize = 32;
        let Scratch {
            edges, hints, visited, ..
        } = &mut *self.scratch;
        let gil = self.gil;
        // SAFETY: what `tp_traverse` visited is held by a live object.
        let at = |address: usize| unsafe { Obj::at(gil, address) };
        if hints.len() <= FEW {
            for &address in visited.iter() {
                let hint = hints.iter().position(|&(to, _)| to == address);
                let label = hint.map_or(Label::Other, |index| hints.swap_remove(index).1);
                edges.push((at(address), label));
            }
            return;
        }
        // Both in order of address; equal addresses pair up one to one.
        hints.sort_by_key(|&(to, _)| to);
        visited.sort_unstable();
        let mut hints = hints.iter().peekable();
        for &address in visited.iter() {
            while hints.next_if(|&&(to, _)| to < address).is_some() {}
            let label = hints
                .next_if(|&&(to, _)| to == address)
                .map_or(Label::Other, |&(_, label)| label);
            edges.push((at(address), label));
        }
    }
}

/// Adds the addresses of all objects that `object`, which is under the collector's rules, holds by way of
/// `tp_traverse`.
pub(crate) fn visit(object: Obj<'_>, traverse: Option<TraverseProc>, visited: &mut Vec<usize>) {
    let Some(traverse) = traverse else { return };
    let visited: *mut Vec<usize> = visited;
    // SAFETY: the object is alive and of the type whose `tp_traverse` this is; `note` treats its argument as the
    // vector that it is.
    unsafe { traverse(object.as_ptr(), note, visited.cast()) };
}

/// `visitproc`: records what `tp_traverse` visits.
unsafe extern "C" fn note(object: Pointer, visited: Pointer) -> c_int {
    if !object.is_null() {
        // SAFETY: `visited` is the vector that `visit` passed, borrowed by nobody else meanwhile.
        unsafe { &mut *visited.cast::<Vec<usize>>() }.push(object as usize);
    }
    0
}
