//! Objects that a lock makes right, and objects that are wrong on purpose, each with a fault that real ones have had: between
//! two steps that should be one, another thread gets in.

use crate::models::{self, Access, Ends, Entry, Exchange, Place, counted};
use crate::trial::{Draw, Subject, rounds, trial};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// The model of one object behind a lock.
struct Locked<M>(Mutex<M>);

impl<M: Draw + Send> Subject for Locked<M> {
    type Model = M;

    fn new() -> Self {
        Locked(Mutex::default())
    }

    fn call(&self, call: &M::Call) -> M::Answer {
        enter(&self.0).apply(call)
    }
}

fn enter<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// std's structures behind locks.
struct LockedStack(Mutex<Vec<u64>>);

impl Subject for LockedStack {
    type Model = models::Stack;

    fn new() -> Self {
        LockedStack(Mutex::default())
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        let mut stack = enter(&self.0);
        match *call {
            Ends::Push(number) => {
                stack.push(number);
                None
            }
            Ends::Pop => stack.pop(),
        }
    }
}

struct LockedMap(Mutex<HashMap<u64, u64>>);

impl Subject for LockedMap {
    type Model = Entry;

    fn new() -> Self {
        LockedMap(Mutex::default())
    }

    fn call(&self, (key, access): &(u64, Access)) -> Option<u64> {
        let mut map = enter(&self.0);
        let old = map.get(key).copied();
        match *access {
            Access::Get => {}
            Access::Insert(number) => drop(map.insert(*key, number)),
            Access::Remove => drop(map.remove(key)),
            Access::Count => match counted(old) {
                Some(number) => drop(map.insert(*key, number)),
                None => drop(map.remove(key)),
            },
            Access::Ensure(number) => return Some(*map.entry(*key).or_insert(number)),
        }
        old
    }
}

#[test]
fn what_a_lock_guards_is_linearisable() {
    trial::<LockedStack>(rounds(1_000)).expect_none();
    trial::<LockedMap>(rounds(1_000)).expect_none();
    trial::<Locked<models::Stack>>(rounds(500)).expect_none();
    trial::<Locked<models::Queue>>(rounds(500)).expect_none();
    trial::<Locked<Place>>(rounds(500)).expect_none();
}

/// Rounds within which a fault must show. It mostly does in the first few.
const ENOUGH: usize = 20_000;

#[track_caller]
fn is_found_out<S: Subject>() {
    let violation = trial::<S>(ENOUGH).violation;
    println!(
        "{}",
        violation.expect("nothing wrong was seen of an object that is wrong")
    );
}

/// A pop looks at the last number and removes it in two steps, so two pops get the same and lose another.
struct TornPop(Mutex<Vec<u64>>);

impl Subject for TornPop {
    type Model = models::Stack;

    fn new() -> Self {
        TornPop(Mutex::default())
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        match *call {
            Ends::Push(number) => {
                enter(&self.0).push(number);
                None
            }
            Ends::Pop => {
                let last = enter(&self.0).last().copied();
                thread::yield_now();
                enter(&self.0).pop();
                last
            }
        }
    }
}

/// A push copies the queue and puts the copy back, so what happened meanwhile is undone.
struct LostPush(Mutex<VecDeque<u64>>);

impl Subject for LostPush {
    type Model = models::Queue;

    fn new() -> Self {
        LostPush(Mutex::default())
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        match *call {
            Ends::Push(number) => {
                let mut copy = enter(&self.0).clone();
                thread::yield_now();
                copy.push_back(number);
                *enter(&self.0) = copy;
                None
            }
            Ends::Pop => enter(&self.0).pop_front(),
        }
    }
}

/// Two queues, of which a push takes one by chance: nothing is lost, but the order is.
struct TwoLanes([Mutex<VecDeque<u64>>; 2]);

impl Subject for TwoLanes {
    type Model = models::Queue;

    fn new() -> Self {
        TwoLanes(Default::default())
    }

    fn call(&self, call: &Ends) -> Option<u64> {
        match *call {
            Ends::Push(number) => {
                enter(&self.0[number as usize % 2]).push_back(number);
                None
            }
            Ends::Pop => self.0.iter().find_map(|lane| enter(lane).pop_front()),
        }
    }
}

/// An update reads and writes in two steps: the answer may be old, and a count lost.
struct LostUpdate(Mutex<HashMap<u64, u64>>);

impl Subject for LostUpdate {
    type Model = Entry;

    fn new() -> Self {
        LostUpdate(Mutex::default())
    }

    fn call(&self, (key, access): &(u64, Access)) -> Option<u64> {
        let old = enter(&self.0).get(key).copied();
        let new = match *access {
            Access::Get => return old,
            Access::Insert(number) => Some(number),
            Access::Remove => None,
            Access::Count => counted(old),
            Access::Ensure(number) => return Some(*enter(&self.0).entry(*key).or_insert(number)),
        };
        thread::yield_now();
        let mut map = enter(&self.0);
        match new {
            Some(number) => drop(map.insert(*key, number)),
            None => drop(map.remove(key)),
        }
        old
    }
}

/// Reads are from a copy of what was there before the last write.
struct StaleRead {
    current: Mutex<Option<u64>>,
    copy: Mutex<Option<u64>>,
}

impl Subject for StaleRead {
    type Model = Place;

    fn new() -> Self {
        StaleRead {
            current: Mutex::default(),
            copy: Mutex::default(),
        }
    }

    fn call(&self, call: &Exchange) -> Option<u64> {
        if let Exchange::Load = call {
            return *enter(&self.copy);
        }
        let mut current = enter(&self.current);
        let old = *current;
        *enter(&self.copy) = old;
        *current = match *call {
            Exchange::Swap(number) => number,
            _ => old.map(|number| number + 1),
        };
        old
    }
}

#[test]
fn a_pop_in_two_steps_is_found_out() {
    is_found_out::<TornPop>();
}

#[test]
fn a_push_that_undoes_others_is_found_out() {
    is_found_out::<LostPush>();
}

#[test]
fn a_queue_without_order_is_found_out() {
    is_found_out::<TwoLanes>();
}

#[test]
fn a_map_that_loses_updates_is_found_out() {
    is_found_out::<LostUpdate>();
}

#[test]
fn a_place_that_is_read_late_is_found_out() {
    is_found_out::<StaleRead>();
}
