//! A cell: a lock that the collector can enter, with what it needs to tell whether anything changed.
//!
//! | part | written by | read by |
//! | --- | --- | --- |
//! | the lock | whoever is inside | – |
//! | [`Version`] | whoever acquired the cell for writing | the collector, while it is inside |
//! | [`Waiting`] | mutators about to wait for the lock | the collector, between edges |
//!
//! The lock orders all accesses to the version: a collector that finds the same version at two times has seen the same
//! content, for nobody was inside to write in between. The version has 64 bits, and does not wrap. The collector may share
//! a cell with readers, if the lock knows such.

use super::{RawMutex, RawRwLock};
use crate::pauses::timed;
use crate::primitive::{ConstU32, ConstU64, Ordering};
use crate::trace::{Trace, Tracer};
use std::ptr::NonNull;

/// What the collector does with a cell.
pub(crate) trait Cell {
    /// Which cell this is.
    const KIND: Kind;

    /// Enters the cell to look, if no writer is inside.
    fn try_look(&self) -> bool;

    /// Leaves it again.
    ///
    /// # Safety
    /// [`try_look`](Self::try_look) entered it.
    unsafe fn end_look(&self);

    /// The version now; while inside.
    fn version(&self) -> u64;

    /// Who waits to get in.
    fn waiting(&self) -> &Waiting;

    /// Whether the cell can be entered, and its version is this one.
    #[inline]
    fn is_still(&self, version: u64) -> bool {
        if !self.try_look() {
            return false;
        }
        let now = self.version();
        // SAFETY: entered just now.
        unsafe { self.end_look() };
        now == version
    }
}

/// The kinds of cells, by which the second look finds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Mutex,
    RwLock,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Mutex, Kind::RwLock];

    /// The kind that has this number.
    pub(crate) fn from_number(number: u8) -> Kind {
        Kind::ALL[usize::from(number)]
    }
}

/// Whether a cell can be entered, and its version is this one.
///
/// # Safety
/// There is a cell of this kind, which nobody moves or drops during the call.
#[inline]
pub(crate) unsafe fn is_still(kind: Kind, cell: NonNull<()>, version: u64) -> bool {
    // SAFETY: as the caller promised.
    unsafe {
        match kind {
            Kind::Mutex => cell.cast::<RawMutex>().as_ref().is_still(version),
            Kind::RwLock => cell.cast::<RawRwLock>().as_ref().is_still(version),
        }
    }
}

/// Shows what is in a cell, with its version, or gives the object up if a writer is inside.
///
/// # Safety
/// `content` is borrowed for as long as the cell is, and changes only while somebody is inside to write.
#[inline]
pub(crate) unsafe fn show<C: Cell, T: Trace>(cell: &C, content: *const T, tracer: &mut Tracer) {
    if !cell.try_look() {
        tracer.give_up();
        return;
    }
    // SAFETY: the cell is borrowed by the object's `trace`.
    let inside = unsafe { tracer.enter(cell, Inside(cell)) };
    let look = Look {
        tracer,
        _inside: inside,
    };
    // SAFETY: we are inside, so nobody writes; borrowed, as the caller promised.
    unsafe { &*content }.trace(look.tracer);
}

/// The collector is in a cell, which it entered to look.
struct Inside<'a, C: Cell>(&'a C);

impl<C: Cell> Drop for Inside<'_, C> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `show` entered the cell.
        unsafe { self.0.end_look() };
    }
}

/// The tracer looks at a cell's content.
struct Look<'a, C: Cell> {
    tracer: &'a mut Tracer,
    /// Dropped after the tracer was told; unless the tracer keeps the cell.
    _inside: Option<Inside<'a, C>>,
}

impl<C: Cell> Drop for Look<'_, C> {
    fn drop(&mut self) {
        self.tracer.exit();
    }
}

/// How often a cell was acquired for writing.
#[derive(Debug)]
pub(crate) struct Version(ConstU64);

impl Version {
    #[inline]
    pub(crate) const fn new() -> Self {
        Version(ConstU64::new(0))
    }

    /// Counts an acquisition for writing; by the holder of the lock.
    #[inline]
    pub(crate) fn bump(&self) {
        // Relaxed, and no read-modify-write: the cell's lock orders this with every other access.
        let version = self.0.load(Ordering::Relaxed);
        self.0.store(version.wrapping_add(1), Ordering::Relaxed);
    }

    /// Counts it if there was one; passes on whether.
    #[inline]
    pub(crate) fn bump_if(&self, acquired: bool) -> bool {
        if acquired {
            self.bump();
        }
        acquired
    }

    /// The version now; by the collector, inside.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Who wants the collector to leave a cell.
///
/// | bits | |
/// | --- | --- |
/// | 0–15 | mutators that wait for the lock |
/// | 16–30 | requests for other reasons |
/// | 31 | the collector was inside while mutators waited |
///
/// More of one sort than there are bits for look like one of the next, until they leave: a matter of manners and figures.
#[derive(Debug)]
pub(crate) struct Waiting(ConstU32);

const WAITER: u32 = 1;
const WAITERS: u32 = 0xFFFF;
#[cfg(not(loom))]
const REQUEST: u32 = 1 << 16;
const NOTICED: u32 = 1 << 31;

impl Waiting {
    #[inline]
    pub(crate) const fn new() -> Self {
        Waiting(ConstU32::new(0))
    }

    /// Runs `wait`, which waits for the lock, with the collector asked to leave the cell. Counts the wait as one for the
    /// collector if it was inside.
    #[cold]
    pub(crate) fn during<R>(&self, wait: impl FnOnce() -> R) -> R {
        // Relaxed: a request, seen soon; the collector leaves the cell in any case.
        self.0.fetch_add(WAITER, Ordering::Relaxed);
        let wait = || (wait(), self.0.fetch_sub(WAITER, Ordering::Relaxed) & NOTICED != 0);
        let (result, noticed) = timed(wait, |&(_, noticed)| noticed);
        if noticed {
            self.0.fetch_and(!NOTICED, Ordering::Relaxed);
        }
        result
    }

    /// Asks the collector not to stay in the cell, until the request is dropped; for a wait that has other reasons.
    #[cfg(not(loom))]
    pub(crate) fn request(&self) -> Request<'_> {
        self.0.fetch_add(REQUEST, Ordering::Relaxed);
        Request(self)
    }

    /// Whether the collector is to leave the cell; by the collector, inside.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        let state = self.0.load(Ordering::Relaxed);
        if state & WAITERS != 0 {
            self.0.fetch_or(NOTICED, Ordering::Relaxed);
        }
        state & !NOTICED != 0
    }
}

/// A request of [`Waiting::request`].
#[cfg(not(loom))]
pub(crate) struct Request<'a>(&'a Waiting);

#[cfg(not(loom))]
impl Drop for Request<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(REQUEST, Ordering::Relaxed);
    }
}
