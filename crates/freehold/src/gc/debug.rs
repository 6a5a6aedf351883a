//! Debugging of leaks: Python's `gc.set_debug`.

use super::{Collection, Object};
use crate::fork;
use crate::primitive::Mutex;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, MutexGuard};

/// What collections report, and what they do with garbage. The flags are Python's, and combine with `|`.
///
/// freehold does not print. Reports go to the callback of [`on_debug`](crate::gc::on_debug), and with the feature `tracing` to
/// `tracing` events at the level `debug`; `gc::on_debug(|report| eprintln!("{report}"))` is what Python does.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Debug(u8);

impl Debug {
    /// Nothing.
    pub const NONE: Debug = Debug(0);
    /// Report what each collection did.
    pub const STATS: Debug = Debug(1);
    /// Report each object that is found to be garbage.
    pub const COLLECTABLE: Debug = Debug(2);
    /// Report each object that is held from outside, with the number of handles that the collector does not see: those on
    /// stacks, in statics, in fields that are skipped, and in objects of older generations. A cycle that only a skipped field
    /// closes is among them: what is reported there, long after the program let go of it, is that cycle's holder.
    pub const UNCOLLECTABLE: Debug = Debug(4);
    /// Keep garbage in [`garbage`](crate::gc::garbage) instead of destroying it. Its finalisers have run.
    pub const SAVEALL: Debug = Debug(32);
    /// All that helps to find a leak: `COLLECTABLE`, `UNCOLLECTABLE` and `SAVEALL`.
    pub const LEAK: Debug = Debug(2 | 4 | 32);

    /// Whether all flags of `other` are among these.
    pub const fn contains(self, other: Debug) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Debug {
    type Output = Debug;
    fn bitor(self, other: Debug) -> Debug {
        Debug(self.0 | other.0)
    }
}

impl BitOrAssign for Debug {
    fn bitor_assign(&mut self, other: Debug) {
        *self = *self | other;
    }
}

impl fmt::Debug for Debug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Debug, &str); 4] = [
            (Debug::STATS, "STATS"),
            (Debug::COLLECTABLE, "COLLECTABLE"),
            (Debug::UNCOLLECTABLE, "UNCOLLECTABLE"),
            (Debug::SAVEALL, "SAVEALL"),
        ];
        let set: Vec<&str> = NAMES
            .iter()
            .filter(|(flag, _)| self.contains(*flag))
            .map(|(_, name)| *name)
            .collect();
        f.write_str(if set.is_empty() { "NONE" } else { "" })?;
        f.write_str(&set.join(" | "))
    }
}

/// One line of what [`struct@Debug`] asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum DebugReport<'a> {
    /// What a collection did.
    Stats(&'a Collection),
    /// An object is garbage.
    Collectable {
        /// The type's full path.
        type_name: &'static str,
        /// As [`Gc::id`](crate::Gc::id); another object may have it later.
        id: usize,
    },
    /// An object is held from outside.
    Uncollectable {
        /// The type's full path.
        type_name: &'static str,
        /// As [`Gc::id`](crate::Gc::id); another object may have it later.
        id: usize,
        /// Handles that the collector did not find.
        external: u32,
        /// Handles in all.
        handles: u32,
    },
}

impl fmt::Display for DebugReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DebugReport::Stats(done) => write!(
                f,
                "gc: {:?}: {} looked at, {} collected, {} held from outside, {:.1} ms",
                done.generation,
                done.candidates,
                done.collected,
                done.uncollectable,
                done.duration.as_secs_f64() * 1e3
            ),
            DebugReport::Collectable { type_name, id } => write!(f, "gc: collectable <{type_name} {id:#x}>"),
            DebugReport::Uncollectable {
                type_name,
                id,
                external,
                handles,
            } => write!(
                f,
                "gc: uncollectable <{type_name} {id:#x}>: {external} of {handles} handles are outside"
            ),
        }
    }
}

type Sink = Arc<dyn Fn(&DebugReport<'_>) + Send + Sync>;

// Relaxed: a flag that is late by a collection is no error.
static FLAGS: AtomicU8 = AtomicU8::new(0);
static SINK: Mutex<Option<Sink>> = Mutex::new(None);
static GARBAGE: Mutex<Vec<Object>> = Mutex::new(Vec::new());

/// The locks of sink and garbage, for a fork.
pub(crate) struct Held {
    _sink: MutexGuard<'static, Option<Sink>>,
    _garbage: MutexGuard<'static, Vec<Object>>,
}

/// Takes the locks.
pub(crate) fn hold() -> Held {
    Held {
        _sink: SINK.lock(),
        _garbage: GARBAGE.lock(),
    }
}

/// Sets the debugging flags, from the next collection on.
pub fn set_debug(flags: Debug) {
    FLAGS.store(flags.0, Ordering::Relaxed);
}

/// The debugging flags.
pub fn debug() -> Debug {
    Debug(FLAGS.load(Ordering::Relaxed))
}

/// Has reports sent to `sink`, on the thread that collects, in place of the last one given. It must not wait for another
/// thread's collection. A panic of its is counted in [`Stats`](crate::gc::Stats), and ends there.
pub fn on_debug(sink: impl Fn(&DebugReport<'_>) + Send + Sync + 'static) {
    fork::register();
    let before = SINK.lock().replace(Arc::new(sink));
    // Dropped without the lock: it is the user's.
    drop(before);
}

/// Whether somebody listens.
pub(crate) fn is_heard() -> bool {
    cfg!(feature = "tracing") || SINK.lock().is_some()
}

pub(crate) fn report(report: &DebugReport<'_>) {
    #[cfg(feature = "tracing")]
    super::events::guarded(|| tracing::debug!(target: "freehold::gc", "{report}"));
    let sink = SINK.lock().clone();
    if let Some(sink) = sink {
        // Moved inside: its captives' drops are the user's code too.
        super::events::guarded(move || sink(report));
    }
}

/// The garbage that was kept because of [`Debug::SAVEALL`], oldest first: handles to the same objects.
///
/// ```
/// use freehold::gc::{self, Debug};
/// use freehold::{Gc, Trace, sync::Mutex};
/// #[derive(Trace)]
/// struct Node(Mutex<Option<Gc<Node>>>);
/// gc::set_debug(Debug::SAVEALL);
/// let node = Gc::new(Node(Mutex::new(None)));
/// *node.0.lock() = Some(node.clone());
/// drop(node);
/// gc::collect();
/// let [saved] = &gc::garbage()[..] else { panic!() };
/// assert!(saved.type_name().ends_with("::Node"));
/// gc::set_debug(Debug::NONE);
/// gc::clear_garbage();
/// ```
pub fn garbage() -> Vec<Object> {
    GARBAGE.lock().clone()
}

/// Gives up the handles to the garbage that was kept. A later collection destroys it.
pub fn clear_garbage() {
    let garbage = std::mem::take(&mut *GARBAGE.lock());
    drop(garbage);
}

pub(crate) fn save(objects: Vec<Object>) {
    if !objects.is_empty() {
        GARBAGE.lock().extend(objects);
    }
}
