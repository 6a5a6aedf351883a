//! fork(2) while other threads allocate, upgrade, drop and collect at full speed: the child allocates, collects, starts
//! threads and a collector of its own, and ends.
#![cfg(unix)]

mod child;

use child::wait;
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Trace)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
}

fn cycle() -> Weak<Node> {
    let node = Gc::new(Node {
        links: Mutex::default(),
    });
    node.links.lock().push(node.clone());
    Gc::downgrade(&node)
}

/// What the child does; whether all went well.
fn child(shared: &[Weak<Node>]) -> bool {
    let weak: Vec<_> = (0..100).map(|_| cycle()).collect();
    gc::collect();
    let dead = weak.iter().all(|weak| weak.upgrade().is_none());
    // Blocks that the parent's threads may have been upgrading.
    let alive = shared.iter().filter(|weak| weak.upgrade().is_some()).count();
    let begun = gc::stats().collections;
    let worker = thread::spawn(|| (0..30_000).for_each(|_| drop(cycle())));
    let worked = worker.join().is_ok();
    let end = Instant::now() + Duration::from_secs(20);
    while gc::stats().collections == begun && Instant::now() < end {
        drop(cycle());
        thread::yield_now();
    }
    dead && alive == shared.len() && worked && gc::stats().collections > begun
}

#[test]
fn a_child_goes_on_with_the_heap() {
    let stop = Arc::new(AtomicBool::new(false));
    let kept: Vec<_> = (0..8)
        .map(|_| {
            Gc::new(Node {
                links: Mutex::default(),
            })
        })
        .collect();
    let shared: Arc<[Weak<Node>]> = kept.iter().map(Gc::downgrade).collect();
    let threads: Vec<_> = (0..2)
        .map(|number| {
            let (stop, shared) = (stop.clone(), shared.clone());
            thread::spawn(move || {
                while !stop.load(Relaxed) {
                    (0..200).for_each(|_| drop(cycle()));
                    shared.iter().for_each(|weak| drop(weak.upgrade()));
                    if number == 0 {
                        gc::collect();
                    }
                }
            })
        })
        .collect();
    let rounds = 20 * std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    for round in 0..rounds {
        // SAFETY: the child uses what is built to be used in one, and leaves without running the parent's destructors.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let fine = child(&shared);
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(if fine { 0 } else { 1 }) };
        }
        assert_eq!(wait(pid), Some(0), "round {round}");
    }
    stop.store(true, Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Forks until `enough`; the child does something that must not hang.
fn fork_often(child: impl Fn()) {
    let enough = Instant::now() + Duration::from_secs(2);
    while Instant::now() < enough {
        // SAFETY: the child uses what is built to be used in one, and leaves without running the parent's destructors.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            child();
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(0) };
        }
        assert_eq!(wait(pid), Some(0));
    }
}

/// Each of these was once a lock that forks did not know of until something else had happened.
#[test]
fn locks_are_known_to_forks_before_they_are_taken() {
    #[derive(Trace)]
    struct Selfish {
        me: Weak<Selfish>,
    }
    let object = Gc::new_cyclic(|me| Selfish { me: me.clone() });
    let weak = object.me.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let busy = {
        let (weak, stop) = (weak.clone(), stop.clone());
        thread::spawn(move || {
            while !stop.load(Relaxed) {
                drop(weak.upgrade());
                gc::count();
            }
        })
    };
    fork_often(|| drop((weak.upgrade(), gc::count())));
    stop.store(true, Relaxed);
    busy.join().unwrap();
}
