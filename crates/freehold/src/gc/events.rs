//! Callbacks around collections: Python's `gc.callbacks`.

use super::Collection;
use crate::collect::totals::TOTALS;
use crate::destroy::discard;
use crate::fork;
use crate::generation::Generation;
use crate::primitive::Mutex;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, MutexGuard};

/// What a callback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A collection begins.
    Start(Generation),
    /// A collection is over.
    Stop(Collection),
}

/// A callback's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallbackId(u64);

type Callback = Arc<dyn Fn(Event) + Send + Sync>;

/// Those registered.
pub(crate) struct Callbacks {
    list: Vec<(CallbackId, Callback)>,
    next: u64,
}

static CALLBACKS: Mutex<Callbacks> = Mutex::new(Callbacks {
    list: Vec::new(),
    next: 0,
});

/// The list's lock, for a fork.
pub(crate) fn hold() -> MutexGuard<'static, Callbacks> {
    CALLBACKS.lock()
}

/// Has `callback` told of each collection, before it begins and when it is over, on the thread that runs it. A collection that
/// the callback asks for is not run. A panic of its is counted in [`Stats`](crate::gc::Stats), and ends there.
///
/// ```
/// use freehold::gc::{self, Event, Generation};
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// static SEEN: AtomicUsize = AtomicUsize::new(0);
/// let id = gc::on_collection(|event| {
///     if let Event::Stop(collection) = event {
///         SEEN.fetch_add(1 + collection.collected, Ordering::Relaxed);
///     }
/// });
/// gc::collect();
/// assert!(SEEN.load(Ordering::Relaxed) >= 1);
/// gc::remove_callback(id);
/// ```
pub fn on_collection(callback: impl Fn(Event) + Send + Sync + 'static) -> CallbackId {
    fork::register();
    let mut callbacks = CALLBACKS.lock();
    let id = CallbackId(callbacks.next);
    callbacks.next += 1;
    callbacks.list.push((id, Arc::new(callback)));
    id
}

/// Removes a callback. It may be running at the moment, or just about to.
pub fn remove_callback(id: CallbackId) {
    let mut callbacks = CALLBACKS.lock();
    let at = callbacks.list.iter().position(|(listed, _)| *listed == id);
    let removed = at.map(|at| callbacks.list.remove(at));
    drop(callbacks);
    // What the callback owned is dropped without the lock.
    drop(removed);
}

/// Tells everybody who asked. No lock is held.
pub(crate) fn emit(event: Event) {
    #[cfg(feature = "tracing")]
    guarded(|| trace(event));
    let callbacks: Vec<Callback> = CALLBACKS
        .lock()
        .list
        .iter()
        .map(|(_, callback)| callback.clone())
        .collect();
    for callback in callbacks {
        // Moved inside, for it may be the last to have the callback, whose captives' drops are the user's code too.
        guarded(move || callback(event));
    }
}

#[cfg(feature = "tracing")]
fn trace(event: Event) {
    match event {
        Event::Start(generation) => tracing::trace!(target: "freehold::gc", ?generation, "collection begins"),
        Event::Stop(done) => tracing::debug!(
            target: "freehold::gc",
            generation = ?done.generation,
            candidates = done.candidates,
            collected = done.collected,
            revived = done.revived,
            panics = done.panics,
            duration_us = done.duration.as_micros() as u64,
            "collection is over"
        ),
    }
}

/// Runs code of the user's, and counts its panic.
pub(crate) fn guarded(work: impl FnOnce()) {
    if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(work)) {
        discard(panic);
        TOTALS.add_panics(1);
    }
}
