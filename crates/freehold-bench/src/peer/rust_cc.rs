//! `rust_cc::Cc`: counting with cycle collection by trial deletion from buffered candidates, for one thread.

use std::cell::RefCell;

use rust_cc::config::config;
use rust_cc::{Cc, Context, Finalize, Trace, collect_cycles};

use super::{Handle, Peer, Rooted};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// The heap of rust-cc.
pub struct RustCc;

/// A node.
pub struct CcNode<S: Shape, const COUNTED: bool> {
    edges: RefCell<Edges<S, Cc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, H> Finalize for Edges<S, H> {}

// SAFETY: the container is all there is, each of its handles is traced once, and there is no drop that could follow them.
unsafe impl<S: Shape, H: Trace> Trace for Edges<S, H> {
    fn trace(&self, context: &mut Context<'_>) {
        match self.view() {
            View::Many(edges) => edges.trace(context),
            View::Few(edges) => edges.trace(context),
        }
    }
}

impl<S: Shape, const COUNTED: bool> Finalize for CcNode<S, COUNTED> {}

// SAFETY: the edges are the only field that holds handles, and there is no drop that could follow them.
unsafe impl<S: Shape, const COUNTED: bool> Trace for CcNode<S, COUNTED> {
    fn trace(&self, context: &mut Context<'_>) {
        self.edges.trace(context);
    }
}

fn collect_by_itself(is_wanted: bool) {
    config(|config| config.set_auto_collect(is_wanted)).expect("rust-cc is not collecting now");
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Cc<CcNode<S, COUNTED>> {
    fn prepare() {
        collect_by_itself(true);
    }

    fn only_on_demand() {
        collect_by_itself(false);
    }

    fn create(edges: S::Of<Self>) -> Self {
        Cc::new(CcNode {
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

impl Peer for RustCc {
    type Heap<S: Shape, const COUNTED: bool> = Rooted<S, Cc<CcNode<S, COUNTED>>>;
}
