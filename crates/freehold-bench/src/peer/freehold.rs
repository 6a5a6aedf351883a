//! `freehold::Gc`, with its collector running in the background as it does by default.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};

use super::Peer;
use crate::tally::Tally;

/// A node.
#[derive(Trace)]
pub struct FreeholdNode<const COUNTED: bool> {
    edges: Mutex<Vec<Gc<Self>>>,
    #[trace(skip)]
    _tally: Tally<COUNTED>,
}

impl<const COUNTED: bool> Peer for Gc<FreeholdNode<COUNTED>> {
    fn create() -> Self {
        Gc::new(FreeholdNode {
            edges: Mutex::new(Vec::new()),
            _tally: Tally::new(),
        })
    }

    fn with_edges<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.edges.lock())
    }

    fn collect() {
        gc::collect();
    }
}
