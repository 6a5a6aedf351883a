//! When to collect, and what.
//!
//! `used` is the number of slots on traced pages, live or garbage, as the pool last accounted. The [`Pacer`] knows what the last
//! collections found:
//!
//! - `base`: objects in use when the last collection began, less those that it destroyed. What was allocated while it ran
//!   counts towards the next.
//! - `distance`: net allocations from one collection to the next. It doubles when a collection of the young yields little (a
//!   sixteenth) and halves when it yields much (a half), and is at least an eighth of the slots that the last one passed over, of
//!   whatever age: `young ≤ distance`, `passed / 8 ≤ distance ≤ max(young, survivors / 2, passed / 8)`.
//! - `survivors`: candidates that came out of the last collection of all; `growth = max(survivors · old / 100, young)`, and twice
//!   `young` where it decides between all and the young, so that a small heap's young are collected alone, too.
//!
//! | collection of | when `used ≥ base + distance` and | costs |
//! | --- | --- | --- |
//! | all | `used ≥ survivors + growth` | O(used) |
//! | the middle-aged | `middle` collections of the young have passed | O(what came out of those) |
//! | the young | otherwise | O(`distance` + pages / 64) |
//!
//! **Work.** A collection of the young costs O(its candidates + slots passed over), both within a constant factor of the
//! allocations since the last; one of the middle-aged looks at no more than was allocated since the last of its kind; one of
//! all comes after `growth` net allocations and costs O(survivors + growth). So the work per allocation is amortised O(1),
//! however large the live heap grows.
//!
//! **Backlog.** Garbage ≤ used − live. When `used` passes the *limit*, `survivors + 2 · max(growth, 6 · young)`, the collector is
//! being outrun. From there on a thread that needs more slots waits for the collection in progress first, at most
//! [`PATIENCE`] for each 4 KiB of slots or large block. So allocation goes on at no more than 4 MiB/s a thread until the
//! collector has caught up. With `old` at 50 the backlog is bounded by what was live at the last collection of all, a
//! constant of `12 · young`, and what a thread allocates at that pace while a collection lasts.
//!
//! Nobody collects on a thread that did not ask for it: the drops of garbage would run there, perhaps under locks that they
//! need. And nobody waits without end: the thread may itself hold a lock that a drop on the collector's thread needs.

mod pacer;

pub(crate) use pacer::{Outcome, Pacer};

use super::{background, control};
use crate::fork;
use crate::gc::{Count, Threshold};
use crate::generation::Generation;
use crate::pauses::timed;
use crate::primitive::Mutex;
use freehold_pool::{Kind, in_use};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How long a thread past the limit waits before it gets more slots.
const PATIENCE: Duration = Duration::from_millis(1);

static PACER: Mutex<Pacer> = Mutex::new(Pacer::new());
// What the pacer decided, for the allocating threads. All Relaxed: a decision that is late by a moment is no error.
static TRIGGER: AtomicUsize = AtomicUsize::new(Pacer::new().trigger());
static LIMIT: AtomicUsize = AtomicUsize::new(Pacer::new().limit());
static ENABLED: AtomicBool = AtomicBool::new(true);
static INLINE: AtomicBool = AtomicBool::new(false);

/// The pacer's lock, for a fork.
pub(crate) fn hold() -> MutexGuard<'static, Pacer> {
    PACER.lock()
}

fn pacer() -> MutexGuard<'static, Pacer> {
    fork::register();
    PACER.lock()
}

/// A thread's page ran out of slots. On the slow path of allocation only.
#[inline]
pub(crate) fn allocated() {
    if used() >= TRIGGER.load(Ordering::Relaxed) {
        exceeded();
    }
}

#[cold]
fn exceeded() {
    if !ENABLED.load(Ordering::Relaxed) {
        return;
    }
    if is_inline() {
        let Some(generation) = due() else { return };
        if timed(|| control::try_collect(generation), Option::is_some).is_some() {
            return;
        }
    } else {
        background::request();
    }
    if used() >= LIMIT.load(Ordering::Relaxed) {
        timed(|| control::wait_for_collection(PATIENCE), |_| true);
    }
}

/// Slots of candidates in use.
pub(crate) fn used() -> usize {
    in_use(Kind::Traced)
}

/// The generation whose collection is due, if one is.
pub(crate) fn due() -> Option<Generation> {
    if !ENABLED.load(Ordering::Relaxed) {
        return None;
    }
    pacer().due(used())
}

/// A collection is over.
pub(crate) fn collected(outcome: &Outcome) {
    change(|pacer| pacer.collected(outcome));
}

pub(crate) fn threshold() -> Threshold {
    pacer().threshold()
}

pub(crate) fn set_threshold(threshold: Threshold) {
    change(|pacer| pacer.set_threshold(threshold));
}

pub(crate) fn count() -> Count {
    pacer().count(used())
}

fn change(change: impl FnOnce(&mut Pacer)) {
    let mut pacer = pacer();
    change(&mut pacer);
    TRIGGER.store(pacer.trigger(), Ordering::Relaxed);
    LIMIT.store(pacer.limit(), Ordering::Relaxed);
}

pub(crate) fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::Relaxed);
}

pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Whether threads that allocate collect, and not a thread of the collector's.
pub(crate) fn is_inline() -> bool {
    INLINE.load(Ordering::Relaxed)
}

pub(crate) fn set_inline(inline: bool) {
    INLINE.store(inline, Ordering::Relaxed);
}
