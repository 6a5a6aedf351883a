//! What a peer must offer to take part, at three levels.
//!
//! - [`Heap`]: a place where graphs are built, changed and collected by one thread. Benchmarks are written against this
//!   one where they can be, since it fits peers whose handles are good for a stretch of work only (gc-arena).
//! - [`Handle`]: a counted or rooted handle that may be kept anywhere. [`Rooted`] makes a heap of it.
//! - [`SharedPeer`]: handles that several threads use at once, to nodes and to plain values.
//!
//! A benchmark that is generic over the peer is a [`Task`]; [`on_heap`] and [`on_shared`] run it for the peer of a name.

mod arc;
mod bacon_rajan;
mod boa_gc;
mod dumpster;
mod freehold;
mod gc;
mod gc_arena;
mod rust_cc;

use std::marker::PhantomData;
use std::ops::Deref;

use crate::edges::Shape;

/// A heap with roots.
pub trait Heap<S: Shape> {
    /// A handle to a node, good for a stretch of work.
    type Node<'h>: Clone;
    /// What a stretch of work needs to make and change nodes.
    type Scope<'h>: Copy;

    /// A heap without roots.
    fn new() -> Self;

    /// Keeps collections from starting by themselves, where the peer can.
    fn only_on_demand(&mut self) {}

    /// A stretch of work, in which no collection that is due need begin; one may afterwards.
    fn work<R>(&mut self, body: impl for<'h> FnOnce(Self::Scope<'h>, &mut Vec<Self::Node<'h>>) -> R) -> R;

    /// Makes a node.
    fn node<'h>(scope: Self::Scope<'h>, edges: S::Of<Self::Node<'h>>) -> Self::Node<'h>;

    /// Enters the node's lock.
    fn edit<'h, R>(
        scope: Self::Scope<'h>,
        node: &Self::Node<'h>,
        edit: impl FnOnce(&mut S::Of<Self::Node<'h>>) -> R,
    ) -> R;

    /// Collects all that is garbage, if the peer can.
    fn collect(&mut self);
}

/// A handle to a node, which can be kept anywhere.
pub trait Handle<S: Shape>: Clone + 'static {
    /// Sets the peer up; called once before each run.
    fn prepare() {}

    /// Keeps collections from starting by themselves, where the peer can.
    fn only_on_demand() {}

    /// Makes a node.
    fn create(edges: S::Of<Self>) -> Self;

    /// Enters the node's lock.
    fn edit<R>(&self, edit: impl FnOnce(&mut S::Of<Self>) -> R) -> R;

    /// Collects all that is garbage, if the peer can.
    fn collect();
}

/// The heap of a peer with handles: only the roots need to be kept.
pub struct Rooted<S, H>(Vec<H>, PhantomData<S>);

impl<S: Shape, H: Handle<S>> Heap<S> for Rooted<S, H> {
    type Node<'h> = H;
    type Scope<'h> = ();

    fn new() -> Self {
        H::prepare();
        Self(Vec::new(), PhantomData)
    }

    fn only_on_demand(&mut self) {
        H::only_on_demand();
    }

    #[inline]
    fn work<R>(&mut self, body: impl for<'h> FnOnce((), &mut Vec<H>) -> R) -> R {
        body((), &mut self.0)
    }

    #[inline]
    fn node<'h>(_: Self::Scope<'h>, edges: S::Of<Self::Node<'h>>) -> Self::Node<'h> {
        H::create(edges)
    }

    #[inline]
    fn edit<'h, R>(_: Self::Scope<'h>, node: &Self::Node<'h>, edit: impl FnOnce(&mut S::Of<Self::Node<'h>>) -> R) -> R {
        node.edit(edit)
    }

    fn collect(&mut self) {
        H::collect();
    }
}

/// A peer with heaps of its own.
pub trait Peer: 'static {
    /// The heap, with nodes that are counted while they exist or not.
    type Heap<S: Shape, const COUNTED: bool>: Heap<S>;
}

/// A peer whose handles several threads use at once.
pub trait SharedPeer: 'static {
    /// A handle to a node with a lock.
    type Handle<S: Shape, const COUNTED: bool>: Handle<S> + Send + Sync;
    /// A handle to a plain value.
    type Value<T: Payload>: Clone + Deref<Target = T> + Send + Sync;

    /// Moves a value into the heap.
    fn value<T: Payload>(value: T) -> Self::Value<T>;
}

/// Plain values that every shared peer can hold.
pub trait Payload: ::freehold::Trace + ::dumpster::Trace + Send + Sync + 'static {}

impl Payload for u64 {}
impl<const BYTES: usize> Payload for [u8; BYTES] {}

/// What is to be done with a peer.
pub trait Task {
    /// What comes out of it.
    type Output;

    /// Does it with a peer that has heaps.
    fn run<P: Peer>(self) -> Self::Output;
}

/// What is to be done with a peer whose handles threads share.
pub trait SharedTask {
    /// What comes out of it.
    type Output;

    /// Does it with that peer.
    fn run<P: SharedPeer>(self) -> Self::Output;
}

/// A shared peer's heaps, made of its handles.
pub struct Heaps<P>(PhantomData<P>);

impl<P: SharedPeer> Peer for Heaps<P> {
    type Heap<S: Shape, const COUNTED: bool> = Rooted<S, P::Handle<S, COUNTED>>;
}

/// Does the task with the peer of that name.
pub fn on_heap<T: Task>(name: &str, task: T) -> Result<T::Output, String> {
    Ok(match name {
        "Arc" => task.run::<Heaps<arc::ParkingLot>>(),
        "Arc, std lock" => task.run::<Heaps<arc::Std>>(),
        "freehold" => task.run::<Heaps<freehold::Freehold>>(),
        "dumpster" => task.run::<Heaps<dumpster::Dumpster>>(),
        "rust-cc" => task.run::<rust_cc::RustCc>(),
        "bacon-rajan-cc" => task.run::<bacon_rajan::BaconRajan>(),
        "gc" => task.run::<gc::RustGc>(),
        "boa_gc" => task.run::<boa_gc::BoaGc>(),
        "gc-arena" => task.run::<gc_arena::GcArena>(),
        other => return Err(format!("there is no peer {other:?} with heaps")),
    })
}

/// Does the task with the shared peer of that name.
pub fn on_shared<T: SharedTask>(name: &str, task: T) -> Result<T::Output, String> {
    Ok(match name {
        "Arc" => task.run::<arc::ParkingLot>(),
        "Arc, std lock" => task.run::<arc::Std>(),
        "freehold" => task.run::<freehold::Freehold>(),
        "dumpster" => task.run::<dumpster::Dumpster>(),
        other => return Err(format!("there is no peer {other:?} that threads can share")),
    })
}
