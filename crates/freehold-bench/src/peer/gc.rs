//! `gc::Gc`: mark and sweep with rooted handles, for one thread. Its marking recurses.

use gc::{Finalize, Gc, GcCell, Trace, configure, custom_trace, force_collect};

use super::{Handle, Peer, Rooted};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// The heap of the crate gc.
pub struct RustGc;

/// A node.
pub struct GcNode<S: Shape, const COUNTED: bool> {
    edges: GcCell<Edges<S, Gc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, H> Finalize for Edges<S, H> {}

// SAFETY: the container is all there is, and it is marked.
unsafe impl<S: Shape, H: Trace> Trace for Edges<S, H> {
    custom_trace!(this, {
        match this.view() {
            // SAFETY: the collector calls this, and passes on to the fields what it was told to do.
            View::Many(edges) => unsafe { mark(edges) },
            // SAFETY: as above.
            View::Few(edges) => unsafe { mark(edges) },
        }
    });
}

impl<S: Shape, const COUNTED: bool> Finalize for GcNode<S, COUNTED> {}

// SAFETY: the edges are the only field that holds handles, and they are marked.
unsafe impl<S: Shape, const COUNTED: bool> Trace for GcNode<S, COUNTED> {
    custom_trace!(this, {
        // SAFETY: as above.
        unsafe { mark(&this.edges) };
    });
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Gc<GcNode<S, COUNTED>> {
    fn only_on_demand() {
        configure(|config| config.threshold = usize::MAX);
    }

    fn create(edges: S::Of<Self>) -> Self {
        Gc::new(GcNode {
            edges: GcCell::new(Edges(edges)),
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

impl Peer for RustGc {
    type Heap<S: Shape, const COUNTED: bool> = Rooted<S, Gc<GcNode<S, COUNTED>>>;
}
