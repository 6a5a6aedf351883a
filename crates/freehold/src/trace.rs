//! `Trace`: how a type shows the collector the handles it holds, and the `Tracer` that it shows them to.
//!
//! A `Tracer` records, for one object, the headers that its edges point at and the *sequence* of versions of the mutable
//! cells met on the way. It does not follow edges: a payload's own nesting is the only recursion there is.

mod depth;
#[macro_use]
mod std_types;
mod other_crates;

use crate::header::Header;
use crate::sync::{Version, Waiting};
pub use depth::{Depth, Top};
use std::ptr::NonNull;

/// A type whose handles the collector can see. Derive it; an implementation by hand has these obligations:
///
/// 1. `trace` passes the tracer to every field that may hold a [`Gc`](crate::Gc), each at most once, and to nothing else.
///    (A handle that is not shown counts as *external*: it keeps its target alive, even in a cycle.)
/// 2. What `trace` shows changes only under a cell of [`freehold::sync`](crate::sync), which shows its content itself.
///    In particular no `std` cell or lock is looked into.
/// 3. The type has no `Drop` of its own, nor has a part of it that `trace` shows: when a cycle is destroyed, the
///    handles that such code could follow lead to objects that were dropped already.
/// 4. `may_hold_gc` returns `true` if any value of the type could hold a handle that `trace` shows.
/// 5. `trace` does not clone, drop or otherwise use the handles.
///
/// One payload may nest boxes and containers 128 deep; what lies deeper is not seen, and an object in which anything does is
/// never collected as part of a cycle (by counting, it is). Put a `Gc` in between.
///
/// # Safety
/// The obligations above.
///
/// ```
/// use freehold::{Gc, Trace, sync::Mutex};
///
/// #[derive(Trace)]
/// struct Node {
///     name: String,
///     next: Mutex<Option<Gc<Node>>>,
/// }
/// let node = Gc::new(Node { name: "a".into(), next: Mutex::new(None) });
/// *node.next.lock() = Some(node.clone()); // a cycle, collected once it is out of reach
/// assert_eq!(node.name, "a");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show the collector what it holds",
    note = "add `#[derive(freehold::Trace)]` to the type, or `#[trace(skip)]` to the field (handles inside then count as external)",
    note = "for interior mutability use the locks of `freehold::sync`, which the collector can look into"
)]
pub unsafe trait Trace {
    /// Shows the tracer every handle in `self`.
    fn trace(&self, tracer: &mut Tracer);

    /// What a `Gc` of this type runs before the object is destroyed: [`Finalize::finalize`](crate::Finalize::finalize) of a type
    /// that says so.
    #[doc(hidden)]
    fn finalizer() -> Option<fn(&Self)>
    where
        Self: Sized,
    {
        None
    }

    /// Whether a value of this type could hold a handle. Types that cannot are never candidates of a collection. `true`
    /// is always right. `D` bounds how deep recursive types are looked into.
    #[doc(hidden)]
    fn may_hold_gc<D: Depth>() -> bool
    where
        Self: Sized,
    {
        true
    }
}

/// How many pointers and containers within one payload may be nested: boxes in boxes, vectors in vectors.
const DEEPEST: u32 = 128;

/// How many handles and elements pass between two questions whether a mutator waits.
const ASK_EVERY: u32 = 16;

/// What a [`Trace`] implementation shows its handles to.
#[derive(Debug)]
pub struct Tracer {
    edges: Vec<NonNull<Header>>,
    /// Versions, two numbers each.
    stamps: Vec<u32>,
    opaque: bool,
    stamps_only: bool,
    /// Each handle seen is cloned: `edges` owns a count of each target.
    takes: bool,
    /// The cells that the tracer is inside, outermost first.
    entered: Vec<NonNull<Waiting>>,
    depth: u32,
    /// Handles and elements until the next question.
    until_asked: u32,
}

// SAFETY: the pointers are only compared and used within one object's trace.
unsafe impl Send for Tracer {}

impl Tracer {
    // Not `Default`: only the collector makes tracers.
    pub(crate) fn new() -> Self {
        Tracer {
            edges: Vec::new(),
            stamps: Vec::new(),
            opaque: false,
            stamps_only: false,
            takes: false,
            entered: Vec::new(),
            depth: 0,
            until_asked: ASK_EVERY,
        }
    }

    /// A tracer that records versions but no edges, for the second look.
    pub(crate) fn stamps_only() -> Self {
        Tracer {
            stamps_only: true,
            ..Self::new()
        }
    }

    /// A tracer that takes a handle of its own to each object that it is shown, while the one that it is shown is there.
    #[cfg(not(loom))]
    pub(crate) fn takes() -> Self {
        Tracer {
            takes: true,
            ..Self::new()
        }
    }

    /// The handles taken, each with a count that is the caller's now.
    #[cfg(not(loom))]
    pub(crate) fn taken(self) -> Vec<NonNull<Header>> {
        self.edges
    }

    /// Forgets the last object.
    pub(crate) fn reset(&mut self) {
        self.edges.clear();
        self.stamps.clear();
        self.entered.clear();
        self.depth = 0;
        self.opaque = false;
    }

    /// Records a handle. In a cell that a mutator waits for, gives the object up instead, so that the mutator waits for
    /// no more than a few edges.
    #[inline]
    pub(crate) fn edge(&mut self, target: NonNull<Header>) {
        if self.is_done() || self.stamps_only {
            return;
        }
        if self.takes {
            // SAFETY: a handle to the object is being shown, so it is alive.
            unsafe { target.as_ref() }.increment();
        }
        self.edges.push(target);
    }

    /// Shows the elements of a container, as long as they matter. An element may have no handle to ask at, so each is a
    /// reason to ask.
    pub(crate) fn each<I: Iterator>(&mut self, elements: I, mut show: impl FnMut(I::Item, &mut Tracer)) {
        for element in elements {
            if self.is_done() {
                return;
            }
            show(element, self);
        }
    }

    /// Whether the rest of the object does not matter any more. Asks now and then whether a mutator waits.
    #[inline]
    fn is_done(&mut self) -> bool {
        self.until_asked -= 1;
        if self.until_asked == 0 {
            self.ask();
        }
        self.opaque
    }

    #[cold]
    fn ask(&mut self) {
        self.until_asked = ASK_EVERY;
        self.opaque |= self.is_wanted();
    }

    fn is_wanted(&self) -> bool {
        // SAFETY: a cell is entered only while its content is traced, so it is borrowed all the while.
        self.entered.iter().any(|cell| unsafe { cell.as_ref() }.is_wanted())
    }

    /// Gives the object up: some of it cannot be seen now.
    #[inline]
    pub(crate) fn give_up(&mut self) {
        self.opaque = true;
    }

    /// Lets `trace` show what is behind a pointer or in a container. A payload nested too deeply is given up, for the
    /// stack may be small: it counts as held from outside, and so does what it holds.
    #[inline]
    pub(crate) fn nested(&mut self, trace: impl FnOnce(&mut Tracer)) {
        if self.depth == DEEPEST {
            return self.give_up();
        }
        self.depth += 1;
        trace(self);
        self.depth -= 1;
    }

    /// Enters a cell whose lock was taken.
    pub(crate) fn enter(&mut self, version: &Version, waiting: &Waiting) {
        let version = version.get();
        self.stamps.extend([version as u32, (version >> 32) as u32]);
        self.entered.push(NonNull::from(waiting));
    }

    /// Leaves the innermost cell.
    pub(crate) fn exit(&mut self) {
        self.entered.pop();
    }

    /// What the last object holds; `None` if it could not be seen.
    pub(crate) fn seen(&self) -> Option<(&[NonNull<Header>], &[u32])> {
        (!self.opaque).then_some((&self.edges, &self.stamps))
    }
}
