//! `boa_gc::Gc`: mark and sweep, for one thread; the collector of the JavaScript engine Boa. Its threshold cannot be set.

use boa_gc::{Finalize, Gc, GcRefCell, Trace, custom_trace, force_collect};

use super::{Handle, Peer, Rooted};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// The heap of boa_gc.
pub struct BoaGc;

/// A node.
pub struct BoaNode<S: Shape, const COUNTED: bool> {
    edges: GcRefCell<Edges<S, Gc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, H> Finalize for Edges<S, H> {}

// SAFETY: the container is all there is, and it is marked.
unsafe impl<S: Shape, H: Trace> Trace for Edges<S, H> {
    custom_trace!(this, mark, {
        match this.view() {
            View::Many(edges) => mark(edges),
            View::Few(edges) => mark(edges),
        }
    });
}

impl<S: Shape, const COUNTED: bool> Finalize for BoaNode<S, COUNTED> {}

// SAFETY: the edges are the only field that holds handles, and they are marked.
unsafe impl<S: Shape, const COUNTED: bool> Trace for BoaNode<S, COUNTED> {
    custom_trace!(this, mark, {
        mark(&this.edges);
    });
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Gc<BoaNode<S, COUNTED>> {
    fn create(edges: S::Of<Self>) -> Self {
        Gc::new(BoaNode {
            edges: GcRefCell::new(Edges(edges)),
            _tally: Tally::new(),
        })
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.borrow_mut().0)
    }

    fn collect() {
        force_collect();
    }
}

impl Peer for BoaGc {
    type Heap<S: Shape, const COUNTED: bool> = Rooted<S, Gc<BoaNode<S, COUNTED>>>;
}
