//! Threads that end: their pages hold objects that live on, their thread-locals still use the heap, and the memory they
//! leave behind is used again.

use crate::node::{Alive, Node};
use crate::{Collectors, alone, race};
use freehold::{Gc, gc};
use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

#[test]
fn objects_outlive_the_thread_that_made_them() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let mut held: Vec<Gc<Node>> = Vec::new();
    for _ in 0..20 {
        let alive = alive.clone();
        let made = thread::spawn(move || {
            drop(alive.ring(100));
            alive.ring(100).swap_remove(0)
        });
        held.push(made.join().unwrap());
    }
    gc::collect();
    assert_eq!(alive.count(), 20 * 100, "what is held is there, and no more");
    for ring in held {
        let mut at = ring.clone();
        (0..100).for_each(|_| at = at.follow());
        assert!(Gc::ptr_eq(&at, &ring));
    }
    gc::collect();
    assert_eq!(alive.count(), 0);
}

/// Threads come and go and leave objects behind, which die later, by another thread's hand: the memory does not grow with
/// the number of threads that there ever were.
#[test]
fn the_memory_of_ended_threads_is_used_again() {
    const THREADS: usize = 4;
    const NODES: usize = 5_000;
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let mut held = Vec::new();
    for _ in 0..40 {
        let made: Vec<_> = (0..THREADS)
            .map(|_| {
                let alive = alive.clone();
                thread::spawn(move || alive.ring(NODES))
            })
            .collect();
        let rings: Vec<_> = made.into_iter().map(|thread| thread.join().unwrap()).collect();
        // Those before have lived while these were made.
        drop(std::mem::replace(&mut held, rings));
        gc::collect();
        assert_eq!(alive.count(), (THREADS * NODES) as isize);
    }
    let (committed, live) = (freehold_pool::stats().committed, gc::stats().live_bytes);
    // Twice what lives were in use at once; what each of four heaps once needed remains with it. Forty times would be a leak.
    assert!(committed < 10 * live, "{committed} bytes for {live} that live");
    drop(held);
    gc::collect();
    assert_eq!(alive.count(), 0);
}

#[test]
fn threads_end_while_collectors_look_at_their_pages() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let _collectors = Collectors::start(1);
    race(|| {
        let left = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (alive, left) = (alive.clone(), left.clone());
                thread::spawn(move || left.lock().push(alive.ring(50).swap_remove(0)))
            })
            .collect();
        // Some of the threads have ended by now.
        left.lock().drain(..).for_each(|node| drop(node.follow()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    gc::collect();
    assert_eq!(alive.count(), 0);
}

/// Makes and lets go of a cycle, and collects, when the thread ends.
struct Last(Arc<Alive>, Gc<Node>);

impl Drop for Last {
    fn drop(&mut self) {
        self.1.follow().check();
        let ring = self.0.ring(3);
        *ring[0].left.lock() = Some(self.1.clone());
        drop(ring);
        gc::collect();
        self.1.check();
    }
}

#[test]
fn destructors_of_thread_locals_make_cycles_and_collect() {
    thread_local! {
        static EARLY: RefCell<Option<Last>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    race(|| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let alive = alive.clone();
                thread::spawn(move || {
                    // One is registered before the heap's own thread-locals and one after.
                    EARLY.with_borrow(|last| assert!(last.is_none()));
                    let ring = alive.ring(2);
                    EARLY.set(Some(Last(alive.clone(), ring[0].clone())));
                    LATE.set(Some(Last(alive, ring[1].clone())));
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        gc::collect();
        assert_eq!(alive.count(), 0);
    });
}
