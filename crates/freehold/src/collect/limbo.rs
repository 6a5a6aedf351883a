//! Values that were taken out of a lock-free structure are dropped on the collector's thread: nobody's drops run on a thread that
//! did not ask for it, perhaps under a lock that they need. In inline mode, whoever has retired many drops them.

use super::control::{Destroying, Inside};
use super::{background, pace};
use crate::lockfree::limbo;
use crate::pauses::timed;
use std::thread;
use std::time::Duration;

/// How many values a thread retires between two looks at whether the collector keeps up.
const MANY: usize = 512;

/// How many a thread may have retired and not yet seen dropped before it slows down.
const TOO_MANY: usize = 64 * MANY;

/// How long it then waits, for each [`MANY`]. Not without end: it may hold a lock that a drop needs.
const PATIENCE: Duration = Duration::from_millis(1);

/// A thread has retired a value; so many wait that it has retired.
#[inline]
pub(crate) fn retired(waiting: usize) {
    if waiting == 1 || waiting.is_multiple_of(MANY) {
        ask(waiting);
    }
}

#[cold]
fn ask(waiting: usize) {
    if !pace::is_inline() {
        background::request_soon();
        if waiting >= TOO_MANY {
            timed(|| thread::sleep(PATIENCE), |()| true);
        }
    } else if waiting >= MANY {
        flush();
    }
}

/// Drops the values that nobody can see any more. Whether some are left. Other threads' collections wait meanwhile, so that
/// what the values hold does not count as held from outside.
pub(crate) fn flush() -> bool {
    let _inside = Inside::enter();
    let _destroying = Destroying::begin();
    limbo::flush()
}
