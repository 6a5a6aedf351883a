//! Control of the collector. Names follow Python's `gc` module.

use crate::collect::{control, pace};
use crate::handle::Gc;
use crate::heap;
use crate::trace::{Top, Trace};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What one collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// Objects destroyed because only unreachable cycles held them.
    pub collected: usize,
    /// Objects looked at.
    pub candidates: usize,
    /// Objects suspected at the first look and found in use at the second.
    pub revived: usize,
    /// The heap is so large, or the machine so slow, that an object had to wait longer than ten seconds between two looks,
    /// which then prove nothing: nothing was collected. Never seen but on purpose.
    pub gave_up: bool,
    /// Panics in `trace` or in the drops of garbage. The objects are dealt with all the same.
    pub panics: usize,
    /// From the first look to the last drop.
    pub duration: Duration,
}

/// Totals since the start of the process, and the heap as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Collections run.
    pub collections: u64,
    /// Objects destroyed by them.
    pub collected: u64,
    /// Objects looked at by them, together.
    pub candidates: u64,
    /// Objects suspected and found in use.
    pub revived: u64,
    /// Panics in `trace` and in the drops of garbage.
    pub panics: u64,
    /// Objects alive now, of all types.
    pub live_objects: usize,
    /// Bytes in their slots, headers included.
    pub live_bytes: usize,
}

/// Where collections run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// On a thread of their own, started at first need. The default.
    #[default]
    Background,
    /// On the thread whose allocation makes one due, from inside [`Gc::new`]. The drops of what is collected run there too:
    /// a thread that allocates while it holds a lock which such a drop takes waits for itself.
    Inline,
}

/// Runs a collection on this thread. On return everything that was garbage at the call, and that no thread touched
/// meanwhile, is destroyed. Cost: O(objects + handles) of the shared heap; other threads go on.
///
/// The drops of what is collected run on this thread: call it without locks that they may need. Called from such a drop, it
/// does nothing; and a drop must not wait for another thread's call.
///
/// ```
/// use freehold::{Gc, Trace, gc, sync::Mutex};
/// #[derive(Trace)]
/// struct Node(Mutex<Option<Gc<Node>>>);
/// let node = Gc::new(Node(Mutex::new(None)));
/// *node.0.lock() = Some(node.clone());
/// drop(node);
/// assert!(gc::collect().collected >= 1);
/// ```
pub fn collect() -> Collection {
    control::collect()
}

/// Lets collections start by themselves again.
pub fn enable() {
    pace::set_enabled(true);
}

/// Keeps collections from starting by themselves; [`collect`] still runs one.
pub fn disable() {
    pace::set_enabled(false);
}

/// Whether collections start by themselves.
pub fn is_enabled() -> bool {
    pace::is_enabled()
}

/// Chooses where collections run from now on.
pub fn set_mode(mode: Mode) {
    pace::set_inline(mode == Mode::Inline);
}

/// Totals, and the heap as it is. Cost: a look at every slot, about a nanosecond each; other threads go on.
pub fn stats() -> Stats {
    let (live_objects, live_bytes) = heap::live();
    let totals = &control::TOTALS;
    Stats {
        collections: totals.collections.load(Ordering::Relaxed),
        collected: totals.collected.load(Ordering::Relaxed),
        candidates: totals.candidates.load(Ordering::Relaxed),
        revived: totals.revived.load(Ordering::Relaxed),
        panics: totals.panics.load(Ordering::Relaxed),
        live_objects,
        live_bytes,
    }
}

/// Whether the target is a candidate of collections: its type may hold handles.
pub fn is_tracked<T: Trace>(_: &Gc<T>) -> bool {
    T::may_hold_gc::<Top>()
}
