//! The last handles to an object are dropped by two threads at once: 2→1→0 must be seen by exactly one of them, or by the
//! collector, which may be inside the object at that moment.

use crate::node::Alive;
use crate::{Collectors, alone, race};
use freehold::gc;
use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering::SeqCst};
use std::thread;

/// Objects of one round; the threads meet before each.
const OBJECTS: usize = 500;

/// Waits, without giving the processor up for long, until all threads are at the same point.
fn meet(at: &AtomicUsize, number: usize, threads: usize) {
    at.fetch_add(1, SeqCst);
    let mut spins = 0;
    while at.load(SeqCst) < (number + 1) * threads {
        spins += 1;
        match spins % 100 {
            0 => thread::yield_now(),
            _ => std::hint::spin_loop(),
        }
    }
}

/// `threads` threads drop one handle each, to one object after the other; the objects hold a child, and a pair of them each
/// other if `cycles`, which the collector must find.
fn drop_together(threads: usize, cycles: bool) {
    let alive = Arc::new(Alive::default());
    let objects: Vec<_> = (0..OBJECTS)
        .map(|_| {
            let object = alive.node();
            *object.left.lock() = Some(alive.node());
            if cycles {
                *object.right.lock() = Some(object.clone());
            }
            object
        })
        .collect();
    let at = Arc::new(AtomicUsize::new(0));
    let droppers: Vec<_> = (0..threads)
        .map(|_| {
            let (at, mine) = (at.clone(), objects.clone());
            thread::spawn(move || {
                for (number, object) in mine.into_iter().enumerate() {
                    object.check();
                    meet(&at, number, threads);
                    drop(object);
                }
            })
        })
        .collect();
    drop(objects);
    droppers.into_iter().for_each(|dropper| dropper.join().unwrap());
    if cycles {
        assert!(alive.count() > 0 || gc::stats().collected > 0);
    }
    // What a collector was at is destroyed when it has looked at the rest; this waits for it.
    gc::collect();
    assert_eq!(alive.count(), 0);
}

#[test]
fn two_threads_drop_the_last_two_handles() {
    let _alone = alone();
    race(|| drop_together(2, false));
}

#[test]
fn two_threads_drop_the_last_two_handles_and_a_collector_looks_on() {
    let _alone = alone();
    let _collectors = Collectors::start(1);
    race(|| drop_together(2, false));
}

#[test]
fn four_threads_let_go_of_cycles_and_two_collectors_look_on() {
    let _alone = alone();
    let _collectors = Collectors::start(2);
    race(|| drop_together(4, true));
}
