//! fork(2) while other threads take locks, wait and make orders at full speed: the child has a detector that works, and knows
//! nothing of the threads that it does not have.
#![cfg(all(unix, feature = "deadlock-detection"))]

mod child;

use child::wait;
use freehold::sync::deadlock;
use freehold::sync::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

static OUTER: Mutex<u64> = Mutex::new(0);
static INNER: RwLock<u64> = RwLock::new(0);

/// Old and new locks, contended.
fn work() {
    let outer = OUTER.lock();
    let fresh = Mutex::new(*outer);
    *INNER.write() += *fresh.lock();
    drop(fresh.lock());
    drop(outer);
    drop(INNER.read());
}

/// Waits until something is so; whether it ever was.
fn until(is_so: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    is_so()
}

/// What the child does; whether all went well. The locks that other threads of the parent had are held for ever here.
fn child() -> bool {
    static A: Mutex<u64> = Mutex::new(0);
    static B: Mutex<u64> = Mutex::new(0);
    let before = deadlock::inversions().len();
    drop((A.lock(), B.lock()));
    let other = thread::spawn(|| drop((B.lock(), A.lock())));
    let joined = other.join().is_ok();
    let found = deadlock::inversions().len() == before + 1;
    thread::spawn(|| {
        std::mem::forget(A.lock());
        drop(A.lock());
    });
    joined && found && until(|| deadlock::deadlocks().len() == 1)
}

#[test]
fn a_child_has_a_detector_of_its_own() {
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(Relaxed) {
                    work();
                }
            })
        })
        .collect();
    for round in 0..30 {
        thread::sleep(Duration::from_millis(2));
        // SAFETY: the child ends by `_exit`, and what it does meanwhile is what this test is about.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let code = i32::from(!child());
            // SAFETY: no destructors are owed.
            unsafe { libc::_exit(code) };
        }
        assert!(pid > 0);
        assert_eq!(wait(pid), Some(0), "round {round}");
    }
    stop.store(true, Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(deadlock::inversions().is_empty() && deadlock::deadlocks().is_empty());
}
