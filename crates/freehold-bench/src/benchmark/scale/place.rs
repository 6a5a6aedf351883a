//! *load*: a handle that threads share is loaded and its target read; and the same with one store in 16 calls, of a handle
//! to a new target.
//!
//! From one place, whose count all threads change; and from a thousand, drawn at random, so that threads seldom meet.
//! arc-swap's `load` borrows the handle where it can instead of counting it; `load_full` gives a handle as the others do.

use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use freehold::Gc;
use freehold::lockfree::AtomicGc;
use parking_lot::Mutex;

use super::super::alloc::timing::{Timing, repeated};
use super::{Job, Kind, no_such_peer, report};
use crate::random::Random;

const PEERS: &[&str] = &["arc-swap load_full", "arc-swap load", "Mutex of Arc", "freehold"];

pub const KINDS: &[Kind] = &[
    Kind {
        title: "load, one place",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::ONE.measure(threads, job)?)),
    },
    Kind {
        title: "load, 1,024 places",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::MANY.measure(threads, job)?)),
    },
    Kind {
        title: "load and 1/16 store, one place",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::ONE.with_stores().measure(threads, job)?)),
    },
    Kind {
        title: "load and 1/16 store, 1,024 places",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::MANY.with_stores().measure(threads, job)?)),
    },
];

/// One call in so many stores, if any does.
const STORE_EVERY: usize = 16;

/// Which places, and what is done with them.
#[derive(Clone, Copy)]
struct Work {
    places: usize,
    stores: bool,
    /// Calls of each thread.
    calls: usize,
}

impl Work {
    const ONE: Self = Self {
        places: 1,
        stores: false,
        calls: 8_000_000,
    };

    const MANY: Self = Self {
        places: 1024,
        ..Self::ONE
    };

    fn with_stores(self) -> Self {
        Self { stores: true, ..self }
    }

    fn measure(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "arc-swap load_full" => Ok(self.run::<Counted>(threads, job.seed)),
            "arc-swap load" => Ok(self.run::<Borrowed>(threads, job.seed)),
            "Mutex of Arc" => Ok(self.run::<Mutex<Arc<u64>>>(threads, job.seed)),
            "freehold" => Ok(self.run::<AtomicGc<u64>>(threads, job.seed)),
            _ => no_such_peer(job),
        }
    }

    fn run<P: Place>(self, threads: usize, seed: u64) -> Timing {
        let places: Vec<P> = (0..self.places as u64).map(P::new).collect();
        repeated(threads, self.calls, |index| {
            let (mut random, places) = (Random::of_thread(seed, index), &places[..]);
            let mut until_store = STORE_EVERY;
            move || {
                let place = match places {
                    [only] => only,
                    many => &many[random.below(many.len())],
                };
                until_store -= 1;
                if until_store > 0 {
                    black_box(place.load());
                    return;
                }
                until_store = STORE_EVERY;
                if self.stores {
                    place.store(index as u64);
                } else {
                    black_box(place.load());
                }
            }
        })
    }
}

/// A place for a handle to a number.
trait Place: Sync {
    /// A place that holds a handle to a new number.
    fn new(number: u64) -> Self;

    /// The number that the place's handle points to.
    fn load(&self) -> u64;

    /// Moves a number to the heap and stores the handle.
    fn store(&self, number: u64);
}

/// arc-swap, with a handle for each load.
struct Counted(ArcSwapOption<u64>);

impl Place for Counted {
    fn new(number: u64) -> Self {
        Self(ArcSwapOption::from_pointee(number))
    }

    fn load(&self) -> u64 {
        self.0.load_full().map_or(0, |target| *target)
    }

    fn store(&self, number: u64) {
        self.0.store(Some(Arc::new(number)));
    }
}

/// arc-swap, with a guard for each load.
struct Borrowed(ArcSwapOption<u64>);

impl Place for Borrowed {
    fn new(number: u64) -> Self {
        Self(ArcSwapOption::from_pointee(number))
    }

    fn load(&self) -> u64 {
        self.0.load().as_ref().map_or(0, |target| **target)
    }

    fn store(&self, number: u64) {
        self.0.store(Some(Arc::new(number)));
    }
}

impl Place for Mutex<Arc<u64>> {
    fn new(number: u64) -> Self {
        Self::new(Arc::new(number))
    }

    fn load(&self) -> u64 {
        let target = self.lock().clone();
        *target
    }

    fn store(&self, number: u64) {
        let old = std::mem::replace(&mut *self.lock(), Arc::new(number));
        drop(old);
    }
}

impl Place for AtomicGc<u64> {
    fn new(number: u64) -> Self {
        Self::new(Gc::new(number))
    }

    fn load(&self) -> u64 {
        self.load().map_or(0, |target| *target)
    }

    fn store(&self, number: u64) {
        self.store(Gc::new(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<P: Place>() {
        let place = P::new(7);
        assert_eq!(place.load(), 7);
        place.store(8);
        assert_eq!(place.load(), 8);
        for work in [Work::ONE, Work::MANY.with_stores()] {
            let part = Work { calls: 1_000, ..work };
            assert!(part.run::<P>(2, 1).wall() > 0.0);
        }
    }

    #[test]
    fn every_place_holds_what_was_stored() {
        holds::<Counted>();
        holds::<Borrowed>();
        holds::<Mutex<Arc<u64>>>();
        holds::<AtomicGc<u64>>();
    }
}
