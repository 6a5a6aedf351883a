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

use super::{Handle, Payload, SharedPeer};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

thread_local! {
    /// Nodes that this thread is in the middle of dropping.
    static DROPPING: Cell<usize> = const { Cell::new(0) };
}

/// The shared heap of dumpster.
pub struct Dumpster;

/// A node. Fields are dropped in their order, so the edges are dropped between `_enter` and `_leave`.
pub struct DumpsterNode<S: Shape, const COUNTED: bool> {
    _enter: Enter,
    edges: Mutex<Edges<S, Gc<Self>>>,
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

fn never(_: &CollectInfo) -> bool {
    false
}

// SAFETY: the container is all there is, and it is visited.
unsafe impl<S: Shape, V: Visitor, H: TraceWith<V>> TraceWith<V> for Edges<S, H> {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        match self.view() {
            View::Many(edges) => edges.accept(visitor),
            View::Few(edges) => edges.accept(visitor),
        }
    }
}

// SAFETY: the edges are the only field that holds handles, and they are visited.
unsafe impl<S: Shape, const COUNTED: bool, V: Visitor> TraceWith<V> for DumpsterNode<S, COUNTED> {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        self.edges.accept(visitor)
    }
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Gc<DumpsterNode<S, COUNTED>> {
    fn prepare() {
        set_collect_condition(default_outside_drops);
    }

    fn only_on_demand() {
        set_collect_condition(never);
    }

    fn create(edges: S::Of<Self>) -> Self {
        Gc::new(DumpsterNode {
            _enter: Enter,
            edges: Mutex::new(Edges(edges)),
            _leave: Leave,
            _tally: Tally::new(),
        })
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    fn collect() {
        dumpster::sync::collect();
    }
}

impl SharedPeer for Dumpster {
    type Handle<S: Shape, const COUNTED: bool> = Gc<DumpsterNode<S, COUNTED>>;
    type Value<T: Payload> = Gc<T>;

    fn value<T: Payload>(value: T) -> Gc<T> {
        Gc::new(value)
    }
}
