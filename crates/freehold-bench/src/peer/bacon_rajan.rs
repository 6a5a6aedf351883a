//! `bacon_rajan_cc::Cc`: synchronous cycle collection as Bacon and Rajan published it, for one thread. It collects when
//! told to; here once for each ten thousand roots that it has buffered, looked at when a node is made.

use std::cell::{Cell, RefCell};

use bacon_rajan_cc::{Cc, Trace, Tracer, collect_cycles, number_of_roots_buffered};

use super::{Handle, Peer, Rooted};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// Buffered roots that make a collection worth its while.
const BUFFERED: usize = 10_000;

thread_local! {
    /// Whether collections start by themselves.
    static AUTOMATIC: Cell<bool> = const { Cell::new(true) };
}

/// The heap of bacon-rajan-cc.
pub struct BaconRajan;

/// A node.
pub struct BaconNode<S: Shape, const COUNTED: bool> {
    edges: RefCell<Edges<S, Cc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, H: Trace> Trace for Edges<S, H> {
    fn trace(&self, tracer: &mut Tracer) {
        match self.view() {
            View::Many(edges) => edges.trace(tracer),
            View::Few(edges) => edges.iter().flatten().for_each(|edge| edge.trace(tracer)),
        }
    }
}

impl<S: Shape, const COUNTED: bool> Trace for BaconNode<S, COUNTED> {
    fn trace(&self, tracer: &mut Tracer) {
        self.edges.trace(tracer);
    }
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Cc<BaconNode<S, COUNTED>> {
    fn prepare() {
        AUTOMATIC.set(true);
    }

    fn only_on_demand() {
        AUTOMATIC.set(false);
    }

    fn create(edges: S::Of<Self>) -> Self {
        if AUTOMATIC.get() && number_of_roots_buffered() > BUFFERED {
            collect_cycles();
        }
        Cc::new(BaconNode {
            edges: RefCell::new(Edges(edges)),
            _tally: Tally::new(),
        })
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.borrow_mut().0)
    }

    fn collect() {
        collect_cycles();
    }
}

impl Peer for BaconRajan {
    type Heap<S: Shape, const COUNTED: bool> = Rooted<S, Cc<BaconNode<S, COUNTED>>>;
}
