//! `Arc`, which does not collect cycles: with the locks of parking_lot (the baseline) and with those of std.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use parking_lot::Mutex;

use super::Peer;
use crate::tally::Tally;

/// A node behind parking_lot's lock.
pub struct ArcNode<const COUNTED: bool> {
    edges: Mutex<Vec<Arc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<const COUNTED: bool> Peer for Arc<ArcNode<COUNTED>> {
    fn create() -> Self {
        Arc::new(ArcNode {
            edges: Mutex::default(),
            _tally: Tally::new(),
        })
    }

    fn with_edges<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.edges.lock())
    }

    fn collect() {}
}

/// A node behind std's lock.
pub struct StdArcNode<const COUNTED: bool> {
    edges: StdMutex<Vec<Arc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<const COUNTED: bool> Peer for Arc<StdArcNode<COUNTED>> {
    fn create() -> Self {
        Arc::new(StdArcNode {
            edges: StdMutex::default(),
            _tally: Tally::new(),
        })
    }

    fn with_edges<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.edges.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn collect() {}
}
