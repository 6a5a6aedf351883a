//! When to collect.
//!
//! `used` is the number of slots on traced pages, live or garbage, as the pool last accounted; `survivors` the number of
//! candidates that came out of the last collection; `distance = max(survivors · GROWTH, LEAST)`.
//!
//! - *trigger*: `used ≥ survivors + distance`. A collection costs O(used), and at least `distance` allocations come between
//!   two, so its work per allocation is amortised O(1) however large the live heap grows.
//! - *backlog*: garbage ≤ used − live. When `used` passes the *limit*, `survivors + 4 · distance`, the collector is being
//!   outrun. From there on a thread that needs more slots waits for the collection in progress first, at most
//!   [`PATIENCE`] for each 4 KiB of slots or large block. So allocation goes on at no more than 4 MiB/s a thread until the
//!   collector has caught up: the backlog is bounded by `5 · max(live, LEAST)` and what one collection's length admits.
//!
//! Nobody collects on a thread that did not ask for it: the drops of garbage would run there, perhaps under locks that they
//! need. And nobody waits without end: the thread may itself hold a lock that a drop on the collector's thread needs.

use super::{background, control};
use freehold_pool::{Kind, in_use};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Candidates that are not worth a collection: a few hundred microseconds of work.
const LEAST: usize = 20_000;
/// How much the heap grows, relative to what survived, before it is looked at again.
const GROWTH: usize = 1;

/// How long a thread past the limit waits before it gets more slots.
const PATIENCE: Duration = Duration::from_millis(1);

// All Relaxed: a pacing decision that is late by a moment is no error.
static TRIGGER: AtomicUsize = AtomicUsize::new(LEAST);
static LIMIT: AtomicUsize = AtomicUsize::new(4 * LEAST);
static ENABLED: AtomicBool = AtomicBool::new(true);
static INLINE: AtomicBool = AtomicBool::new(false);

/// A thread's page ran out of slots. On the slow path of allocation only.
#[inline]
pub(crate) fn allocated() {
    if in_use(Kind::Traced) >= TRIGGER.load(Ordering::Relaxed) {
        exceeded();
    }
}

#[cold]
fn exceeded() {
    if !ENABLED.load(Ordering::Relaxed) {
        return;
    }
    if INLINE.load(Ordering::Relaxed) {
        control::try_collect();
        return;
    }
    background::request();
    if in_use(Kind::Traced) >= LIMIT.load(Ordering::Relaxed) {
        control::wait_for_collection(PATIENCE);
    }
}

/// Sets the trigger for the next collection, after one that `survivors` candidates came out of. What was allocated while it
/// ran is not among them: it may be garbage, and counts towards the next.
pub(crate) fn collected(survivors: usize) {
    let distance = (survivors * GROWTH).max(LEAST);
    TRIGGER.store(survivors + distance, Ordering::Relaxed);
    LIMIT.store(survivors + 4 * distance, Ordering::Relaxed);
}

/// Whether a collection is due.
pub(crate) fn is_due() -> bool {
    ENABLED.load(Ordering::Relaxed) && in_use(Kind::Traced) >= TRIGGER.load(Ordering::Relaxed)
}

pub(crate) fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::Relaxed);
}

pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

pub(crate) fn set_inline(inline: bool) {
    INLINE.store(inline, Ordering::Relaxed);
}
