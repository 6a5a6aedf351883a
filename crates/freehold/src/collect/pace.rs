//! When to collect.
//!
//! `used` is the number of slots on traced pages, live or garbage, as the pool last accounted. With `survivors` the value
//! after the last collection:
//!
//! - *trigger*: `used ≥ survivors + max(survivors · GROWTH, LEAST)`. A collection costs O(used) and comes after at least
//!   `max(survivors, LEAST)` allocations, so the work per allocation is amortised O(1) however large the live heap grows:
//!   used ≤ 2 · survivors + LEAST + what is allocated while the collector runs.
//! - *backlog*: garbage ≤ used − live. Past twice the trigger's distance, a thread that needs another page gives its time
//!   slice away first, so that the collector keeps up. Nobody collects on a thread that did not ask for it: the drops of
//!   garbage would run there, perhaps under locks that they need.

use super::{background, control};
use freehold_pool::{Kind, in_use};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Candidates that are not worth a collection: a few hundred microseconds of work.
const LEAST: usize = 20_000;
/// How much the heap grows, relative to what survived, before it is looked at again.
const GROWTH: usize = 1;

// All Relaxed: a pacing decision that is late by a moment is no error.
static TRIGGER: AtomicUsize = AtomicUsize::new(LEAST);
static LIMIT: AtomicUsize = AtomicUsize::new(2 * LEAST);
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
        std::thread::yield_now();
    }
}

/// Sets the trigger for the next collection, after one.
pub(crate) fn collected() {
    let survivors = in_use(Kind::Traced);
    let distance = (survivors * GROWTH).max(LEAST);
    TRIGGER.store(survivors + distance, Ordering::Relaxed);
    LIMIT.store(survivors + 2 * distance, Ordering::Relaxed);
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
