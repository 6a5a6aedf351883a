//! Control of the collector. Names follow Python's `gc` module.

pub(crate) mod debug;
pub(crate) mod events;
mod inspect;
mod stats;
mod threshold;

pub use crate::generation::Generation;
pub use crate::handle::Object;
pub use crate::pauses::Pauses;
pub use debug::{Debug, DebugReport, clear_garbage, debug, garbage, on_debug, set_debug};
pub use events::{CallbackId, Event, on_collection, remove_callback};
pub use inspect::{freeze, frozen_count, objects, referents, referrers, unfreeze};
pub use stats::{Collection, GenerationStats, Stats, stats};
pub use threshold::{Count, Threshold};

use crate::collect::{control, pace};
use crate::handle::Gc;
use crate::trace::{Top, Trace};

/// Where collections run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// On a thread of their own, started at first need. The default.
    #[default]
    Background,
    /// On the thread whose allocation makes one due, from inside [`Gc::new`]. The drops of what is collected run there too:
    /// a thread that allocates while it holds a lock which such a drop takes waits for itself. (Values that leave a
    /// [`Map`](crate::lockfree::Map) are dropped on a thread of the collector's in either mode.)
    Inline,
}

/// Runs a collection on this thread. On return everything that was garbage at the call, and that no thread touched
/// meanwhile, is destroyed; so are values that left a [`Map`](crate::lockfree::Map) before, unless a thread looks at an entry of
/// any map for longer than ten milliseconds. Cost: O(objects + handles) of the shared heap; other threads go on.
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
    collect_generation(Generation::Old)
}

/// Runs a collection of a generation and the younger ones, as [`collect`] does of all. Cost: O(objects of these
/// generations + their handles + slots of the pages that they are on).
pub fn collect_generation(generation: Generation) -> Collection {
    control::collect_all(generation)
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

/// When collections start by themselves.
pub fn threshold() -> Threshold {
    pace::threshold()
}

/// Sets when collections start by themselves.
///
/// ```
/// use freehold::gc::{self, Threshold};
/// gc::set_threshold(Threshold { young: 100_000, ..gc::threshold() });
/// assert_eq!(gc::threshold().young, 100_000);
/// ```
pub fn set_threshold(threshold: Threshold) {
    pace::set_threshold(threshold);
}

/// How far the next collections are.
pub fn count() -> Count {
    pace::count()
}

/// Whether the target is a candidate of collections: its type may hold handles.
pub fn is_tracked<T: Trace>(_: &Gc<T>) -> bool {
    T::may_hold_gc::<Top>()
}

/// Whether the target's finaliser has run, or begun to. A resurrected object's has; it does not run again. `false` for types
/// without one.
pub fn is_finalized<T: Trace>(target: &Gc<T>) -> bool {
    // SAFETY: the handle keeps the object alive.
    T::finalizer().is_some() && !unsafe { Gc::header(target).as_ref() }.is_unfinalised()
}
