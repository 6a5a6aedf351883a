//! `Arc`, which does not collect cycles: with the locks of parking_lot (the baseline) and with those of std.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use parking_lot::Mutex;

use super::{Handle, Payload, SharedPeer};
use crate::edges::{Edges, Shape};
use crate::tally::Tally;

/// `Arc` with parking_lot's lock, the one that freehold's own is made of.
pub struct ParkingLot;

/// `Arc` with std's lock.
pub struct Std;

/// A node behind parking_lot's lock.
pub struct ArcNode<S: Shape, const COUNTED: bool> {
    edges: Mutex<Edges<S, Arc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Arc<ArcNode<S, COUNTED>> {
    fn create(edges: S::Of<Self>) -> Self {
        Arc::new(ArcNode {
            edges: Mutex::new(Edges(edges)),
            _tally: Tally::new(),
        })
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.lock().0)
    }

    fn collect() {}
}

/// A node behind std's lock.
pub struct StdArcNode<S: Shape, const COUNTED: bool> {
    edges: StdMutex<Edges<S, Arc<Self>>>,
    _tally: Tally<COUNTED>,
}

impl<S: Shape, const COUNTED: bool> Handle<S> for Arc<StdArcNode<S, COUNTED>> {
    fn create(edges: S::Of<Self>) -> Self {
        Arc::new(StdArcNode {
            edges: StdMutex::new(Edges(edges)),
            _tally: Tally::new(),
        })
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R {
        edit(&mut self.edges.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    fn collect() {}
}

impl SharedPeer for ParkingLot {
    type Handle<S: Shape, const COUNTED: bool> = Arc<ArcNode<S, COUNTED>>;
    type Value<T: Payload> = Arc<T>;

    #[inline]
    fn value<T: Payload>(value: T) -> Arc<T> {
        Arc::new(value)
    }
}

impl SharedPeer for Std {
    type Handle<S: Shape, const COUNTED: bool> = Arc<StdArcNode<S, COUNTED>>;
    type Value<T: Payload> = Arc<T>;

    #[inline]
    fn value<T: Payload>(value: T) -> Arc<T> {
        Arc::new(value)
    }
}
