//! Values that were taken out of a lock-free structure are dropped on the collector's thread, whatever the mode: nobody's drops run
//! on a thread that did not ask for it, perhaps under a lock that they need. And memory that was held up is given back there.

use super::background;
use super::control::{Destroying, Inside};
use crate::lockfree::limbo::{self, Left, Until};
use crate::pauses::timed;
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread waits that retires faster than the collector drops. Not without end: it may hold a lock that a drop needs.
const PATIENCE: Duration = Duration::from_millis(1);
const LONGEST: u32 = 250;

/// How long a collection that was asked for waits for threads that are in the middle of a look.
const LOOKS: Duration = Duration::from_millis(10);

/// Asks for a flush, soon.
#[inline]
pub(crate) fn ask() {
    background::request_soon();
}

/// Waits the longer, the more times as many values wait as should: the square, so that it soon is long enough.
pub(crate) fn wait(times: usize) {
    let longest = u32::try_from(times).ok().and_then(|times| times.checked_mul(times));
    let times = longest.unwrap_or(LONGEST).clamp(1, LONGEST);
    timed(|| thread::sleep(PATIENCE * times), |()| true);
}

/// Drops the values that nobody can see any more. Other threads' collections wait meanwhile, so that what the values hold
/// does not count as held from outside.
fn flush_until(until: Until) -> Left {
    let _inside = Inside::enter();
    let _destroying = Destroying::begin();
    limbo::flush(until)
}

/// Drops the values that nobody can see any more.
pub(crate) fn flush() -> Left {
    flush_until(limbo::now())
}

/// As [`flush`], of all that was retired before, unless somebody looks at something for longer than [`LOOKS`].
pub(crate) fn flush_patiently() {
    let until = limbo::now();
    let mut end = None;
    while flush_until(until) == Left::Some {
        // From the first look on: the drops before it may have taken long.
        if Instant::now() >= *end.get_or_insert_with(|| Instant::now() + LOOKS) {
            return;
        }
        thread::yield_now();
    }
}
