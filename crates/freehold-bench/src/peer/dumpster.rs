//! `dumpster::sync::Gc`, which collects cycles on the threads that drop handles. It traces std's locks only.
//!
//! dumpster 2.1.0 waits for itself for ever when a handle that its collector drops, outside its own flag for cleaning,
//! makes the default condition ask for another collection; with two threads `mixed` meets that within a second. So the
//! condition here is the default one, except that it never asks while a node is being dropped. The drop that encloses
//! it asks right after, so collections are as frequent; the depth is one thread-local counter.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use dumpster::sync::{CollectInfo, Gc, default_collect_condition, set_collect_condition};
use dumpster::{TraceWith, Visitor};

use super::Peer;
use crate::tally::Tally;

thread_local! {
    /// Nodes that this thread is in the middle of dropping.
    static DROPPING: Cell<usize> = const { Cell::new(0) };
}

/// A node. Fields are dropped in their order, so the edges are dropped between `_enter` and `_leave`.
pub struct DumpsterNode<const COUNTED: bool> {
    _enter: Enter,
    edges: Mutex<Vec<Gc<Self>>>,
    _leave: Leave,
    _tally: Tally<COUNTED>,
}

/// Counts the beginning of a node's drop.
struct Enter;

/// Counts the end of a node's drop.
struct Leave;

impl Drop for Enter {
    fn drop(&mut self) {
        DROPPING.set(DROPPING.get() + 1);
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        DROPPING.set(DROPPING.get() - 1);
    }
}

fn default_outside_drops(info: &CollectInfo) -> bool {
    default_collect_condition(info) && DROPPING.get() == 0
}

// SAFETY: the vector of edges is the only field that holds handles, and it is visited.
unsafe impl<const COUNTED: bool, V: Visitor> TraceWith<V> for DumpsterNode<COUNTED> {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        self.edges.accept(visitor)
    }
}

impl<const COUNTED: bool> Peer for Gc<DumpsterNode<COUNTED>> {
    fn prepare() {
        set_collect_condition(default_outside_drops);
    }

    fn create() -> Self {
        Gc::new(DumpsterNode {
            _enter: Enter,
            edges: Mutex::default(),
            _leave: Leave,
            _tally: Tally::new(),
        })
    }

    fn with_edges<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.edges.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn collect() {
        dumpster::sync::collect();
    }
}
