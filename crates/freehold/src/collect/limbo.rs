//! Values that were taken out of a lock-free structure are dropped on the collector's thread, whatever the mode: nobody's drops run
//! on a thread that did not ask for it, perhaps under a lock that they need. And memory that was held up is given back there.

use super::background;
use super::control::{Destroying, Inside};
use crate::lockfree::limbo::{self, Left};
use crate::pauses::timed;
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread waits that retires faster than the collector drops, for each so many values that wait. Not without end: it
/// may hold a lock that a drop needs.
const PATIENCE: Duration = Duration::from_millis(1);
const LONGEST: u32 = 20;

/// How long a collection that was asked for waits for threads that are in the middle of a look.
const LOOKS: Duration = Duration::from_millis(10);

/// Asks for a flush, soon.
#[inline]
pub(crate) fn ask() {
    background::request_soon();
}

/// Waits so many times as long as for few values.
pub(crate) fn wait(times: usize) {
    let times = u32::try_from(times).map_or(LONGEST, |times| times.clamp(1, LONGEST));
    timed(|| thread::sleep(PATIENCE * times), |()| true);
}

/// Drops the values that nobody can see any more. Other threads' collections wait meanwhile, so that what the values hold
/// does not count as held from outside.
pub(crate) fn flush() -> Left {
    let _inside = Inside::enter();
    let _destroying = Destroying::begin();
    limbo::flush()
}

/// As [`flush`], of all that was retired before, unless somebody looks at something for longer than [`LOOKS`].
pub(crate) fn flush_patiently() {
    let end = Instant::now() + LOOKS;
    while flush() == Left::Some && Instant::now() < end {
        thread::yield_now();
    }
}
