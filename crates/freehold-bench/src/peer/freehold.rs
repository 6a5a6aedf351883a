//! `freehold::Gc`, with its collector running in the background as it does by default.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Tracer, gc};

use super::{Handle, Payload, SharedPeer};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// The shared heap.
pub struct Freehold;

/// A node.
#[derive(Trace)]
#[trace(bound = "S: Shape")]
pub struct FreeholdNode<S: Shape, const COUNTED: bool> {
    edges: Mutex<Edges<S, Gc<Self>>>,
    #[trace(skip)]
    _tally: Tally<COUNTED>,
}

// SAFETY: shows the tracer the container, which is all there is.
unsafe impl<S: Shape, H: Trace> Trace for Edges<S, H> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        match self.view() {
            View::Many(edges) => edges.trace(tracer),
            View::Few(edges) => edges.trace(tracer),
        }
    }
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Gc<FreeholdNode<S, COUNTED>> {
    fn prepare() {
        gc::enable();
    }

    fn only_on_demand() {
        gc::disable();
    }

    #[inline]
    fn create(edges: S::Of<Self>) -> Self {
        Gc::new(FreeholdNode {
            edges: Mutex::new(Edges(edges)),
            _tally: Tally::new(),
        })
    }

    #[inline]
    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.lock().0)
    }

    fn collect() {
        gc::collect();
    }
}

impl SharedPeer for Freehold {
    type Handle<S: Shape, const COUNTED: bool> = Gc<FreeholdNode<S, COUNTED>>;
    type Value<T: Payload> = Gc<T>;

    #[inline]
    fn value<T: Payload>(value: T) -> Gc<T> {
        Gc::new(value)
    }
}
