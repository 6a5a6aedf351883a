//! `Trace`: how a type shows the collector the handles it holds, and the `Tracer` that it shows them to.
//!
//! A `Tracer` records, for one object, the headers that its edges point at and the *sequence* of versions of the mutable
//! cells met on the way. It does not follow edges: a payload's own nesting is the only recursion there is.

mod depth;
mod foreign;
mod guards;
mod keeping;
mod manner;
mod stay;
#[macro_use]
mod std_types;
mod other_crates;

use crate::header::Header;
use crate::sync::{Cell, Kind, Waiting, is_still};
pub use depth::{Depth, Top};
use guards::Guards;
pub(crate) use manner::Manner;
pub(crate) use stay::LONGEST;
use stay::Stay;
use std::ptr::NonNull;

/// A type whose handles the collector can see. Derive it; an implementation by hand has these obligations:
///
/// 1. `trace` passes the tracer to every field that may hold a [`Gc`](crate::Gc), each at most once, and to nothing else.
///    (A handle that is not shown counts as *external*: it keeps its target alive, even in a cycle.)
/// 2. What `trace` shows changes only under a cell of [`freehold::sync`](crate::sync), or under a `Mutex` or `RwLock` of `std` or
///    of `parking_lot` (feature `parking_lot`), which show their content themselves. No other cell is looked into.
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
    note = "for interior mutability use a lock of `freehold::sync`, or a `Mutex` or `RwLock` of `std::sync`"
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
    /// Of each cell, three numbers: the halves of its version, and what it is and where ([`place`]).
    stamps: Vec<u32>,
    /// The object's header, while it is looked at.
    object: NonNull<Header>,
    /// How the object is seen.
    manner: Manner,
    opaque: bool,
    stamps_only: bool,
    /// Locks that the tracer enters are left when it says so, not when their content was shown.
    keeps: bool,
    /// Each handle seen is cloned: `edges` owns a count of each target.
    takes: bool,
    /// Counts that were taken of what turned out not to be shown.
    strays: Vec<NonNull<Header>>,
    /// The cells that the tracer is inside, outermost first.
    entered: Vec<NonNull<Waiting>>,
    /// The foreign locks that the tracer is inside; and if it keeps locks, all that it keeps.
    guards: Guards,
    /// How many foreign locks the tracer is inside.
    within: u32,
    stay: Stay,
    depth: u32,
    /// Handles and elements until the next question.
    until_asked: u32,
}

// SAFETY: the pointers are only compared and used within one object's trace. Guards are there only during one, or while a thread
// holds objects, and neither ends on another thread.
unsafe impl Send for Tracer {}

impl Tracer {
    // Not `Default`: only the collector makes tracers.
    pub(crate) fn new() -> Self {
        Tracer {
            edges: Vec::new(),
            stamps: Vec::new(),
            object: NonNull::dangling(),
            manner: Manner::PLAIN,
            opaque: false,
            stamps_only: false,
            keeps: false,
            takes: false,
            strays: Vec::new(),
            entered: Vec::new(),
            guards: Guards::default(),
            within: 0,
            stay: Stay::new(),
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

    /// The handles taken, and counts that were taken in vain; all are the caller's now.
    #[cfg(not(loom))]
    pub(crate) fn taken(self) -> (Vec<NonNull<Header>>, Vec<NonNull<Header>>) {
        (self.edges, self.strays)
    }

    /// Records a handle, with a count that was taken for it.
    pub(crate) fn counted(&mut self, target: NonNull<Header>) {
        match self.is_done() {
            true => self.strays.push(target),
            false => self.edges.push(target),
        }
    }

    /// Keeps a count that was taken of a stranger, until the look is over: it may be the last.
    pub(crate) fn stray(&mut self, stranger: NonNull<Header>) {
        self.strays.push(stranger);
    }

    /// Forgets the last object; the next is `object`.
    pub(crate) fn reset(&mut self, object: NonNull<Header>) {
        (self.object, self.manner) = (object, Manner::PLAIN);
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
        self.opaque |= self.is_wanted() || !self.guards.is_empty() && self.stay.is_over();
    }

    fn is_wanted(&self) -> bool {
        // SAFETY: a cell is entered only while its content is traced, so it is borrowed all the while.
        self.entered
            .iter()
            .any(|waiting| unsafe { waiting.as_ref() }.is_wanted())
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

    /// Enters a cell. `inside` leaves it when dropped: the caller does that behind [`exit`](Self::exit), if it gets it back;
    /// otherwise the tracer has it, and keeps the cell.
    ///
    /// # Safety
    /// What `inside` leaves is part of the object, and stays until it is left.
    #[inline]
    pub(crate) unsafe fn enter<C: Cell, I>(&mut self, cell: &C, inside: I) -> Option<I> {
        if self.within == 0 {
            let version = cell.version();
            let distance = distance(self.object, cell);
            if !self.entered.is_empty() || distance.is_none() {
                self.manner.make_indirect();
            }
            let place = place(C::KIND, distance.unwrap_or(0));
            self.stamps.extend([version as u32, (version >> 32) as u32, place]);
        }
        // SAFETY: as the caller promised.
        unsafe { self.stay(cell.waiting(), inside) }
    }

    /// Records the version of something that changes without a lock. It is compared by tracing again. Inside a foreign lock, which
    /// is entered alone when it matters, there is nothing to compare.
    pub(crate) fn stamp(&mut self, version: u64) {
        if self.within == 0 {
            self.manner.make_indirect();
            self.stamps.extend([version as u32, (version >> 32) as u32, 0]);
        }
    }

    /// Enters a structure without lock, whose changes [stamps](Self::stamp) show; as a cell.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter).
    pub(crate) unsafe fn come_in<I>(&mut self, waiting: &Waiting, inside: I) -> Option<I> {
        self.manner.make_indirect();
        // SAFETY: as the caller promised.
        unsafe { self.stay(waiting, inside) }
    }

    /// Whether each handle shown must be one that keeps its target meanwhile.
    pub(crate) fn is_taking(&self) -> bool {
        self.takes
    }

    /// The content of the innermost cell was shown.
    pub(crate) fn exit(&mut self) {
        self.entered.pop();
    }

    /// How the last object was seen.
    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// What the last object holds; `None` if it could not be seen.
    pub(crate) fn seen(&self) -> Option<(&[NonNull<Header>], &[u32])> {
        (!self.opaque).then_some((&self.edges, &self.stamps))
    }
}

/// A cell's kind, above its distance from the header in bytes, which is less than a page.
fn place(kind: Kind, distance: u32) -> u32 {
    (kind as u32) << DISTANCE_BITS | distance
}

const DISTANCE_BITS: u32 = 16;

#[cfg(not(loom))]
const _: () = assert!(
    freehold_pool::PAGE_SIZE <= 1 << DISTANCE_BITS,
    "a distance fits below the kind"
);

/// How far behind the header a cell is, if it is in the object's own slot.
fn distance<C: Cell>(object: NonNull<Header>, cell: &C) -> Option<u32> {
    let distance = std::ptr::from_ref(cell).addr().checked_sub(object.as_ptr().addr())?;
    is_within_slot(object, distance).then_some(distance as u32)
}

/// Pages of the heap hold slots of objects only, and an object's `trace` gets to no other object's payload; so a cell on the
/// header's page is in the object's slot.
#[cfg(not(loom))]
fn is_within_slot(object: NonNull<Header>, distance: usize) -> bool {
    (object.as_ptr().addr() & (freehold_pool::PAGE_SIZE - 1)) + distance < freehold_pool::PAGE_SIZE
}

/// Objects of models are small, and nothing of theirs is elsewhere.
#[cfg(loom)]
fn is_within_slot(_: NonNull<Header>, distance: usize) -> bool {
    distance < 1024
}

/// Whether the cells of an object are free, and their versions the recorded ones, without a look at anything else.
///
/// # Safety
/// The stamps were taken from this object by a tracer that was [direct](Manner::is_direct), and it was not destroyed since,
/// nor is it during the call.
pub(crate) unsafe fn are_still(object: NonNull<Header>, stamps: &[u32]) -> bool {
    stamps.chunks_exact(3).all(|stamp| {
        let version = u64::from(stamp[0]) | u64::from(stamp[1]) << 32;
        let kind = Kind::from_number((stamp[2] >> DISTANCE_BITS) as u8);
        let distance = stamp[2] & ((1 << DISTANCE_BITS) - 1);
        // SAFETY: the cell is in the payload, not inside another cell; so nobody moves or drops it before the object.
        unsafe { is_still(kind, object.byte_add(distance as usize).cast(), version) }
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::collect::see;
    use crate::handle::Gc;
    use crate::sync::Mutex;

    /// Whether the cells of `value` are compared without tracing, and how many there are.
    fn direct<T: Trace + Send + Sync + 'static>(value: T) -> (bool, usize) {
        let object = Gc::new(value);
        let mut tracer = Tracer::new();
        assert!(!see(Gc::header(&object), &mut tracer));
        let stamps = tracer.seen().unwrap().1;
        if tracer.manner().is_direct() {
            // SAFETY: just recorded, and the handle keeps the object.
            assert!(unsafe { are_still(Gc::header(&object), stamps) });
        }
        (tracer.manner().is_direct(), stamps.len() / 3)
    }

    #[test]
    fn cells_in_the_payload_are_compared_directly_and_others_are_not() {
        assert_eq!(direct((Mutex::new(1), 2u64, Mutex::new(Some(Gc::new(3))))), (true, 2));
        assert_eq!(direct([const { Mutex::new(None::<Gc<u8>>) }; 50]), (true, 50));
        assert_eq!(direct(Mutex::new((Gc::new(4), Mutex::new(5)))), (false, 2));
        assert_eq!(direct((Mutex::new(1), Box::new(Mutex::new(Gc::new(6))))), (false, 2));
        // The last cells of a block of several pages.
        assert_eq!(direct([const { Mutex::new(None::<Gc<u8>>) }; 4000]), (false, 4000));
    }

    #[test]
    fn a_cell_that_was_changed_or_is_held_is_not_still() {
        let object = Gc::new(Mutex::new(1));
        let header = Gc::header(&object);
        let mut tracer = Tracer::new();
        see(header, &mut tracer);
        let stamps = tracer.seen().unwrap().1.to_vec();
        // SAFETY: as above.
        let are_still = || unsafe { are_still(header, &stamps) };
        let guard = object.try_lock();
        assert!(guard.is_some() && !are_still(), "held");
        drop(guard);
        assert!(!are_still(), "acquired since");
    }
}
