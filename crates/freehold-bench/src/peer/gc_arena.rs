//! `gc_arena::Arena`: incremental mark and sweep for one thread, whose handles are copied freely and neither counted nor
//! rooted. A collection's steps run between stretches of work, when the arena says that they are due.

use std::marker::PhantomData;

use gc_arena::arena::CollectionPhase;
use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};

use super::{Heap, Peer};
use crate::edges::{Edges, Shape, View};
use crate::tally::Tally;

/// The heaps of gc-arena.
pub struct GcArena;

/// What a node consists of.
pub struct Contents<'gc, S: Shape, const COUNTED: bool> {
    edges: Edges<S, Node<'gc, S, COUNTED>>,
    _tally: Tally<COUNTED>,
}

/// A handle. A pointer, in effect; a type of its own because a node refers to its own kind.
pub struct Node<'gc, S: Shape, const COUNTED: bool>(Gc<'gc, RefLock<Contents<'gc, S, COUNTED>>>);

impl<S: Shape, const COUNTED: bool> Clone for Node<'_, S, COUNTED> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

// SAFETY: the pointer is all there is, and it is traced.
unsafe impl<'gc, S: Shape, const COUNTED: bool> Collect<'gc> for Node<'gc, S, COUNTED> {
    #[inline]
    fn trace<T: gc_arena::collect::Trace<'gc>>(&self, context: &mut T) {
        context.trace(&self.0);
    }
}

// SAFETY: the edges are the only field that holds handles, and they are traced; the drop of a tally touches none.
unsafe impl<'gc, S: Shape, const COUNTED: bool> Collect<'gc> for Contents<'gc, S, COUNTED> {
    #[inline]
    fn trace<T: gc_arena::collect::Trace<'gc>>(&self, context: &mut T) {
        match self.edges.view() {
            View::Many(edges) => context.trace(edges),
            View::Few(edges) => context.trace(edges),
        }
    }
}

/// The kind of root: a vector of handles.
pub struct Roots<S, const COUNTED: bool>(PhantomData<S>);

impl<'gc, S: Shape, const COUNTED: bool> Rootable<'gc> for Roots<S, COUNTED> {
    type Root = Vec<Node<'gc, S, COUNTED>>;
}

/// An arena, and whether collections run only when asked for.
pub struct ArenaHeap<S: Shape, const COUNTED: bool> {
    arena: Arena<Roots<S, COUNTED>>,
    is_manual: bool,
}

impl<S: Shape, const COUNTED: bool> Heap<S> for ArenaHeap<S, COUNTED> {
    type Node<'h> = Node<'h, S, COUNTED>;
    type Scope<'h> = &'h Mutation<'h>;

    fn new() -> Self {
        Self {
            arena: Arena::new(|_| Vec::new()),
            is_manual: false,
        }
    }

    fn only_on_demand(&mut self) {
        self.is_manual = true;
    }

    fn work<R>(&mut self, body: impl for<'h> FnOnce(Self::Scope<'h>, &mut Vec<Self::Node<'h>>) -> R) -> R {
        let result = self.arena.mutate_root(body);
        if !self.is_manual {
            self.arena.collect_debt();
        }
        result
    }

    #[inline]
    fn node<'h>(mutation: Self::Scope<'h>, edges: S::Of<Self::Node<'h>>) -> Self::Node<'h> {
        let contents = Contents {
            edges: Edges(edges),
            _tally: Tally::new(),
        };
        Node(Gc::new(mutation, RefLock::new(contents)))
    }

    #[inline]
    fn edit<'h, R>(
        mutation: Self::Scope<'h>,
        node: &Self::Node<'h>,
        edit: impl FnOnce(&mut S::Of<Self::Node<'h>>) -> R,
    ) -> R {
        edit(&mut node.0.borrow_mut(mutation).edges.0)
    }

    /// Twice where a cycle was under way, which does not see what has become garbage since it began.
    fn collect(&mut self) {
        if self.arena.collection_phase() != CollectionPhase::Sleeping {
            self.arena.finish_cycle();
        }
        self.arena.finish_cycle();
    }
}

impl Peer for GcArena {
    type Heap<S: Shape, const COUNTED: bool> = ArenaHeap<S, COUNTED>;
}
