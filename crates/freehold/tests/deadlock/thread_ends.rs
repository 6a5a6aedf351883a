//! Locks in the destructors of thread-locals, before and after the detector has seen the end of its thread.

use super::{Findings, pair};
use freehold::sync::{Mutex, MutexGuard};
use std::cell::RefCell;
use std::thread;

static A: Mutex<i32> = Mutex::new(0);
static B: Mutex<i32> = Mutex::new(0);

/// Takes locks when it is dropped, and drops a guard.
struct AtEnd(Option<MutexGuard<'static, i32>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(guard) = self.0.take() {
            drop(guard);
        } else {
            let outer = A.lock();
            *B.lock() += 1;
            drop(outer);
        }
    }
}

std::thread_local! {
    static FIRST: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    static SECOND: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

fn end_with(first: bool, keeps_guard: bool) {
    let set = |local: &'static thread::LocalKey<RefCell<Option<AtEnd>>>| {
        local.with(|slot| *slot.borrow_mut() = Some(AtEnd(keeps_guard.then(|| A.lock()))));
    };
    // Destructors run in the order of first use, or its reverse: the detector's comes before one and after the other.
    if first {
        FIRST.with(|_| ());
        drop(A.lock());
        set(&FIRST);
    } else {
        drop(A.lock());
        SECOND.with(|_| ());
        set(&SECOND);
    }
}

#[test]
fn locks_are_taken_and_released_at_the_end_of_a_thread() {
    let findings = Findings::begin();
    let before = *B.lock();
    for (first, keeps_guard) in [(true, false), (false, false), (true, true), (false, true)] {
        for _ in 0..10 {
            thread::spawn(move || end_with(first, keeps_guard)).join().unwrap();
            assert!(!A.is_locked() && !B.is_locked());
        }
    }
    assert_eq!(*B.lock(), before + 20);
    findings.are_none();
    // What they took makes orders.
    drop((B.lock(), A.lock()));
    assert_eq!(findings.inversion().orders.len(), 2);
}

#[test]
fn a_first_lock_at_the_end_of_a_thread() {
    let findings = Findings::begin();
    thread::spawn(|| FIRST.with(|slot| *slot.borrow_mut() = Some(AtEnd(None))))
        .join()
        .unwrap();
    assert!(!A.is_locked());
    let (a, b) = pair();
    drop((a.lock(), b.lock()));
    findings.inversions();
}

/// A thread that ends while it holds a lock holds it still, until it is released by another, or dropped.
#[test]
fn a_thread_ends_and_leaves_a_lock_locked() {
    let findings = Findings::begin();
    let (a, b) = pair();
    thread::scope(|scope| {
        let forgets = scope.spawn(|| std::mem::forget((a.lock(), b.lock())));
        forgets.join().unwrap();
    });
    // SAFETY: the guard was forgotten.
    unsafe { a.force_unlock() };
    assert!(a.try_lock().is_some() && b.is_locked());
    drop(b);
    drop(a.lock());
    findings.are_none();
}
