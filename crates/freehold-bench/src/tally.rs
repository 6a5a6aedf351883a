//! Counts the nodes that are alive, in runs that are not timed, or are timed for something else.
//!
//! A node carries a [`Tally`]; the one for timed runs has no size and no code, so that counting costs a measurement
//! nothing. Creations and drops are added up in a place for each thread, so that threads that count do not wait for each
//! other's cache lines; only the sum over all places means something.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// Places to count in. With more threads than these, some share one.
const PLACES: usize = 64;

/// A place of its own cache lines (two, because of prefetching in pairs).
#[repr(align(128))]
struct Place(AtomicI64);

static ALIVE: [Place; PLACES] = [const { Place(AtomicI64::new(0)) }; PLACES];

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The place of this thread, or `PLACES` before it has one. Without a destructor, so that it can be used to the end.
    static MINE: Cell<usize> = const { Cell::new(PLACES) };
}

/// A part of a node, counted while it exists if `COUNTED`.
pub struct Tally<const COUNTED: bool>(());

impl<const COUNTED: bool> Tally<COUNTED> {
    /// Counts one more node.
    #[inline]
    pub fn new() -> Self {
        if COUNTED {
            add(1);
        }
        Self(())
    }
}

impl<const COUNTED: bool> Drop for Tally<COUNTED> {
    #[inline]
    fn drop(&mut self) {
        if COUNTED {
            add(-1);
        }
    }
}

fn add(change: i64) {
    let mut place = MINE.get();
    if place == PLACES {
        // Relaxed: any place will do.
        place = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        MINE.set(place);
    }
    // Relaxed: only the sum matters, and readers accept one that is a moment old or have joined the threads.
    ALIVE[place].0.fetch_add(change, Ordering::Relaxed);
}

/// Counted nodes that exist.
pub fn alive() -> i64 {
    ALIVE.iter().map(|place| place.0.load(Ordering::Relaxed)).sum()
}

/// Runs a test that counts while no other does, from zero.
#[cfg(test)]
pub fn counting<R>(test: impl FnOnce() -> R) -> R {
    static TURN: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _turn = TURN.lock();
    // What an earlier test has left to the collectors would be taken off this one's count.
    // dumpster recurses, deeper than the stack of a test is.
    crate::stack::deep(|| {
        freehold::gc::collect();
        dumpster::sync::collect();
    });
    ALIVE.iter().for_each(|place| place.0.store(0, Ordering::Relaxed));
    test()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_not_counted_has_no_size_and_no_drop() {
        assert_eq!(size_of::<Tally<false>>(), 0);
        assert_eq!(size_of::<Tally<true>>(), 0);
    }
}
