//! fork(2) while other threads are inside: in the child their pins hold nothing up, and a collector that was inside is gone.

#[path = "../child/mod.rs"]
mod child;

use super::counted::Drops;
use child::wait;
use freehold::lockfree::{Map, Queue, Stack};
use freehold::{Gc, Trace, gc};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Trace, Default)]
struct Shared {
    stack: Stack<Gc<u32>>,
    queue: Queue<Gc<u32>>,
    map: Map<u32, Gc<Shared>>,
}

/// What the child does; whether all went well.
fn child(shared: &Gc<Shared>) -> bool {
    // The parent's threads may have been inside; a shard's lock that one of them held stays held, so the map is only read.
    shared.stack.push(Gc::new(1));
    shared.queue.push(Gc::new(1));
    let popped = shared.stack.pop().is_some() && shared.queue.pop().is_some();
    let read = (0..8).filter(|key| shared.map.get(key).is_some()).count() <= 8;
    let drops = Drops::default();
    let map = Map::new();
    for key in 0..10_000 {
        map.insert(key, drops.value());
        drop(map.remove(&key));
    }
    // Fewer than make anybody hurry, and without a collection.
    let few = Drops::default();
    drop(map_of_one(&few).remove(&1));
    let start = Instant::now();
    while few.count() == 0 && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(1));
    }
    while drops.count() < 10_000 && start.elapsed() < Duration::from_secs(20) {
        gc::collect();
    }
    popped && read && few.count() == 1 && drops.count() == 10_000
}

fn map_of_one(drops: &Drops) -> Map<u32, super::counted::Counted> {
    Map::from([(1, drops.value())])
}

/// A look that a thread took when its thread-locals were going, in the child of a fork from there.
#[test]
fn a_look_of_a_thread_that_ends_is_good_in_a_child() {
    struct Late(&'static Map<u32, Box<u64>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let look = self.0.get(&1).unwrap();
            // SAFETY: the child uses what the heap promises to a child, and ends by `_exit`.
            match unsafe { libc::fork() } {
                0 => {
                    drop(self.0.remove(&1));
                    gc::collect();
                    let is_good = **look == 11;
                    drop(look);
                    self.0.insert(2, Box::new(22));
                    let second = self.0.get(&2).unwrap();
                    drop(self.0.remove(&2));
                    gc::collect();
                    // SAFETY: ends the child.
                    unsafe { libc::_exit(i32::from(!(is_good && **second == 22))) }
                }
                pid => assert_eq!(wait(pid), Some(0)),
            }
        }
    }
    thread_local! { static LATE: std::cell::Cell<Option<Late>> = const { std::cell::Cell::new(None) } }
    static MAP: LazyLock<Map<u32, Box<u64>>> = LazyLock::new(Map::new);
    let map = &*MAP;
    map.insert(1, Box::new(11));
    let ended = thread::spawn(move || {
        LATE.set(Some(Late(map)));
        assert!(map.get(&1).is_some());
    });
    ended.join().unwrap();
    // Leak detectors do not look into the pool.
    drop(map.remove(&1));
    gc::collect();
}

#[test]
fn a_child_goes_on_with_structures_that_others_were_in() {
    let shared = Gc::new(Shared::default());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..2 {
            let (shared, stop) = (&shared, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    for key in 0..100 {
                        shared.stack.push(Gc::new(key));
                        shared.queue.push(Gc::new(key));
                        drop((shared.stack.pop(), shared.queue.pop()));
                        shared.map.insert(key % 8, shared.clone());
                        drop(shared.map.remove(&(key % 8)));
                    }
                    if number == 0 {
                        gc::collect();
                    }
                }
            });
        }
        for round in 0..20 {
            // SAFETY: the child uses what the heap promises to a child, and ends by `_exit`.
            match unsafe { libc::fork() } {
                // SAFETY: ends the child, without running what the parent's threads left.
                0 => unsafe { libc::_exit(i32::from(!child(&shared))) },
                pid => assert_eq!(wait(pid), Some(0), "round {round}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
