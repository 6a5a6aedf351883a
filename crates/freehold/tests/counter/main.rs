//! The counter that threads increment, and the pair that must not be torn: what goes wrong without synchronisation in other languages
//! does not compile, and is right with each lock and each structure.

use freehold::Gc;
use freehold::lockfree::{AtomicGc, Map, Queue, Stack};
use freehold::sync::{Mutex, ReentrantMutex, RwLock, RwLockUpgradableReadGuard, Semaphore};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const THREADS: u64 = 4;
const EACH: u64 = 5_000;

#[test]
#[cfg_attr(any(asan, tsan), ignore = "another compiler, with other words")]
fn programs_that_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/counter/ui/*.rs");
}

/// Runs `increment` from several threads, and asks for the count.
fn count<C: Sync + Send + 'static>(counter: C, increment: impl Fn(&C) + Sync, read: impl Fn(&C) -> u64) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..EACH).for_each(|_| increment(&counter)));
        }
    });
    assert_eq!(read(&counter), THREADS * EACH);
}

#[test]
fn mutex() {
    count(
        Gc::new(Mutex::new(0)),
        |counter| *counter.lock() += 1,
        |counter| *counter.lock(),
    );
}

#[test]
fn rwlock_for_writing() {
    count(
        Gc::new(RwLock::new(0)),
        |counter| *counter.write() += 1,
        |counter| *counter.read(),
    );
}

#[test]
fn rwlock_upgraded() {
    let increment = |counter: &Gc<RwLock<u64>>| {
        let seen = counter.upgradable_read();
        let next = *seen + 1;
        *RwLockUpgradableReadGuard::upgrade(seen) = next;
    };
    count(Gc::new(RwLock::new(0)), increment, |counter| *counter.read());
}

#[test]
fn reentrant_mutex() {
    let increment = |counter: &ReentrantMutex<Cell<u64>>| {
        let outer = counter.lock();
        let inner = counter.lock();
        inner.set(outer.get() + 1);
    };
    count(ReentrantMutex::new(Cell::new(0)), increment, |counter| {
        counter.lock().get()
    });
}

#[test]
fn semaphore_of_one() {
    // In two steps, which the semaphore makes one.
    let increment = |(one, counter): &(Semaphore, AtomicU64)| {
        let _permit = one.acquire();
        let seen = counter.load(Ordering::Relaxed);
        counter.store(seen + 1, Ordering::Relaxed);
    };
    let read = |(_, counter): &(Semaphore, AtomicU64)| counter.load(Ordering::Relaxed);
    count((Semaphore::new(1), AtomicU64::new(0)), increment, read);
}

#[test]
fn atomic_gc() {
    let increment = |counter: &AtomicGc<u64>| {
        let add = |count: Option<&Gc<u64>>| Some(count.map(|count| Gc::new(**count + 1)));
        assert!(counter.fetch_update(add).is_ok());
    };
    let read = |counter: &AtomicGc<u64>| *counter.load().unwrap();
    count(AtomicGc::new(Gc::new(0)), increment, read);
}

#[test]
fn map() {
    let increment = |counter: &Map<(), u64>| _ = counter.update((), |count| Some(count.map_or(1, |count| count + 1)));
    count(Map::new(), increment, |counter| *counter.get(&()).unwrap());
}

#[test]
fn stack_and_queue_of_tokens() {
    count(
        Stack::new(),
        |stack| stack.push(()),
        |stack| stack.drain().count() as u64,
    );
    count(
        Queue::new(),
        |queue| queue.push(()),
        |queue| queue.drain().count() as u64,
    );
}

/// Writers replace a pair by another whose halves belong together; readers never see halves of two.
fn never_torn<C: Sync>(cell: &C, write: impl Fn(&C, (u64, u64)) + Sync, read: impl Fn(&C) -> (u64, u64) + Sync) {
    thread::scope(|scope| {
        for writer in 0..2 {
            let write = &write;
            scope
                .spawn(move || (0..EACH).for_each(|number| write(cell, (number * 2 + writer, !(number * 2 + writer)))));
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let (left, right) = read(cell);
                    assert_eq!(left, !right);
                }
            });
        }
    });
}

#[test]
fn a_pair_is_never_torn() {
    let first = (0, !0);
    never_torn(
        &Mutex::new(first),
        |cell, pair| *cell.lock() = pair,
        |cell| *cell.lock(),
    );
    never_torn(
        &RwLock::new(first),
        |cell, pair| *cell.write() = pair,
        |cell| *cell.read(),
    );
    let place = AtomicGc::new(Gc::new(first));
    never_torn(
        &place,
        |cell, pair| cell.store(Gc::new(pair)),
        |cell| *cell.load().unwrap(),
    );
    let map = Map::from([((), first)]);
    never_torn(
        &map,
        |map, pair| drop(map.insert((), pair)),
        |map| *map.get(&()).unwrap(),
    );
}
