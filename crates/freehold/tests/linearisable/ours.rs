//! freehold's objects, while a thread collects all the time.
//!
//! Each is in an object of the heap that holds itself, so that it is garbage with all that is in it after its round; and holds
//! handles to numbers, so that the collector looks into it. A number that a handle leads to is written twice, to show that it is
//! the one that was put in.

use crate::models::{self, Access, Ends, Entry, Exchange, Place, counted};
use crate::trial::{Subject, rounds, trial, while_collecting};
use freehold::lockfree::{AtomicGc, Map, Queue, Stack};
use freehold::{Gc, Trace, gc};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

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
                .fetch_update(|old| {
                    thread::yield_now();
                    old.map(|old| Some(Number::new(old.get() + 1)))
                })
                .unwrap_or_else(|unchanged| unchanged),
        };
        old.map(|number| number.get())
    }
}

struct OnStack(Gc<Knot<Stack<Gc<Number>>>>);

impl Subject for OnStack {
    type Model = models::Stack;

    fn new() -> Self {
        OnStack(Knot::tie(Stack::new()))
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        let stack = &self.0.content;
        match *call {
            Ends::Push(number) => {
                stack.push(Number::new(number));
                None
            }
            Ends::Pop => stack.pop().map(|number| number.get()),
        }
    }
}

struct OnQueue(Gc<Knot<Queue<Gc<Number>>>>);

impl Subject for OnQueue {
    type Model = models::Queue;

    fn new() -> Self {
        OnQueue(Knot::tie(Queue::new()))
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        let queue = &self.0.content;
        match *call {
            Ends::Push(number) => {
                queue.push(Number::new(number));
                None
            }
            Ends::Pop => queue.pop().map(|number| number.get()),
        }
    }
}

/// A queue whose first block, of 62 places, is nearly used up, so that the calls go on in the next.
struct OnLongQueue(OnQueue);

impl Subject for OnLongQueue {
    type Model = models::Queue;

    fn new() -> Self {
        let subject = OnQueue::new();
        for number in 0..58 {
            subject.call(&Ends::Push(number));
            subject.call(&Ends::Pop);
        }
        OnLongQueue(subject)
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        self.0.call(call)
    }
}

type NumberMap<S> = Map<u64, Gc<Number>, S>;

fn access<S: BuildHasher>(map: &NumberMap<S>, key: u64, access: Access) -> Option<u64> {
    match access {
        Access::Get => map.get(&key).map(|number| number.get()),
        Access::Insert(number) => map.insert(key, Number::new(number)).map(|old| old.get()),
        Access::Remove => map.remove(&key).map(|old| old.get()),
        Access::Ensure(number) => Some(map.get_or_insert_with(key, || Number::new(number)).get()),
        Access::Count => {
            let mut seen = None;
            let new = map.update(key, |old| {
                thread::yield_now();
                seen = old.map(|old| old.get());
                counted(seen).map(Number::new)
            });
            assert_eq!(new.map(|new| new.get()), counted(seen));
            seen
        }
    }
}

struct OnMap(Gc<Knot<NumberMap<RandomState>>>);

impl Subject for OnMap {
    type Model = Entry;

    fn new() -> Self {
        OnMap(Knot::tie(Map::new()))
    }

    fn call(&self, &(key, call): &(u64, Access)) -> Option<u64> {
        access(&self.0.content, key, call)
    }
}

/// A hash for four keys each, all of one shard.
#[derive(Clone, Default, Trace)]
struct Crowd;

impl BuildHasher for Crowd {
    type Hasher = LastBits;

    fn build_hasher(&self) -> LastBits {
        LastBits(0)
    }
}

struct LastBits(u64);

impl Hasher for LastBits {
    fn finish(&self) -> u64 {
        self.0 & 3
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .rev()
            .for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }
}

/// A map in which the keys are in each other's way, and in the way of others that come and go; so entries are moved and the table
/// grows while it is searched.
struct OnCrowdedMap {
    knot: Gc<Knot<NumberMap<Crowd>>>,
    calls: AtomicU64,
}

impl Subject for OnCrowdedMap {
    type Model = Entry;

    fn new() -> Self {
        OnCrowdedMap {
            knot: Knot::tie(Map::with_hasher(Crowd)),
            calls: AtomicU64::new(0),
        }
    }

    fn call(&self, &(key, call): &(u64, Access)) -> Option<u64> {
        let map = &self.knot.content;
        // Keys that the model knows nothing of, but for the trouble that they make.
        let other = 100 + self.calls.fetch_add(1, Ordering::Relaxed);
        map.insert(other, Number::new(other));
        let answer = access(map, key, call);
        assert_eq!(map.get(&other).map(|number| number.get()), Some(other));
        if !other.is_multiple_of(3) {
            map.remove(&other);
        }
        answer
    }
}

#[test]
fn a_place_is_linearisable() {
    is_linearisable::<OnPlace>(10_000);
}

#[test]
fn a_stack_is_linearisable() {
    is_linearisable::<OnStack>(10_000);
}

#[test]
fn a_queue_is_linearisable() {
    is_linearisable::<OnQueue>(10_000);
    is_linearisable::<OnLongQueue>(5_000);
}

#[test]
fn a_map_is_linearisable() {
    is_linearisable::<OnMap>(5_000);
    is_linearisable::<OnCrowdedMap>(5_000);
}
