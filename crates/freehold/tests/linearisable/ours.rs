//! freehold's objects, while a thread collects all the time.
//!
//! Each is in an object of the heap that holds itself, so that it is garbage with all that is in it after its round; and holds
//! handles to numbers, so that the collector looks into it. A number that a handle leads to is written twice, to show that it is
//! the one that was put in.

use crate::models::{Exchange, Place};
use crate::trial::{Subject, rounds, trial, while_collecting};
use freehold::lockfree::AtomicGc;
use freehold::{Gc, Trace, gc};

/// A number on the heap.
#[derive(Trace)]
struct Number {
    value: u64,
    complement: u64,
    /// Never set: makes the type one that may hold handles.
    _link: Option<Gc<Number>>,
}

impl Number {
    fn new(value: u64) -> Gc<Number> {
        Gc::new(Number {
            value,
            complement: !value,
            _link: None,
        })
    }

    fn get(&self) -> u64 {
        assert_eq!(self.complement, !self.value, "not a number that was put in");
        self.value
    }
}

/// An object on the heap that holds itself.
#[derive(Trace)]
struct Knot<T: Trace + Send + Sync + 'static> {
    content: T,
    itself: AtomicGc<Knot<T>>,
}

impl<T: Trace + Send + Sync> Knot<T> {
    fn tie(content: T) -> Gc<Self> {
        let knot = Gc::new(Knot {
            content,
            itself: AtomicGc::null(),
        });
        knot.itself.store(knot.clone());
        knot
    }
}

/// Tries the object, and then the heap: nothing may be left of any round.
fn is_linearisable<S: Subject>(base: usize) {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _alone = ALONE.lock();
    while_collecting(|| trial::<S>(rounds(base))).expect_none();
    gc::collect();
    assert_eq!(
        gc::stats().live_objects,
        0,
        "the objects are gone, but not all that they held"
    );
}

struct OnPlace(Gc<Knot<AtomicGc<Number>>>);

impl Subject for OnPlace {
    type Model = Place;

    fn new() -> Self {
        OnPlace(Knot::tie(AtomicGc::null()))
    }

    fn call(&self, call: &Exchange) -> Option<u64> {
        let place = &self.0.content;
        let old = match *call {
            Exchange::Load => place.load(),
            Exchange::Swap(None) => place.take(),
            Exchange::Swap(Some(number)) => place.swap(Number::new(number)),
            Exchange::Add => place
                .fetch_update(|old| old.map(|old| Some(Number::new(old.get() + 1))))
                .unwrap_or_else(|unchanged| unchanged),
        };
        old.map(|number| number.get())
    }
}

#[test]
fn a_place_is_linearisable() {
    is_linearisable::<OnPlace>(4_000);
}
