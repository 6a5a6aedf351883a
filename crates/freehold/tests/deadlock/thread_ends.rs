//! Locks in the destructors of thread-locals, before and after the detector has seen the end of its thread.

use super::{Findings, pair};
use freehold::sync::{Mutex, MutexGuard};
use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
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

/// The first locks of a thread in the destructor of a C library's key, after std's own are over.
#[cfg(unix)]
#[test]
fn first_locks_after_all_destructors() {
    static KEY: AtomicUsize = AtomicUsize::new(0);
    static ENDED: AtomicBool = AtomicBool::new(false);
    extern "C" fn at_end(round: *mut libc::c_void) {
        let key = KEY.load(SeqCst) as libc::pthread_key_t;
        match round.addr() {
            // SAFETY: a number for a value, which the next round is given.
            round if round < 4 => unsafe { _ = libc::pthread_setspecific(key, ptr::without_provenance(round + 1)) },
            _ => {
                drop((A.lock(), B.lock()));
                ENDED.store(true, SeqCst);
            }
        }
    }
    let findings = Findings::begin();
    let mut key = 0;
    // SAFETY: `key` is ours to write, and the function there for as long as the program.
    assert_eq!(unsafe { libc::pthread_key_create(&raw mut key, Some(at_end)) }, 0);
    KEY.store(key as usize, SeqCst);
    // SAFETY: as above.
    let set = move || unsafe { libc::pthread_setspecific(key, ptr::without_provenance(1)) };
    assert_eq!(thread::spawn(set).join().unwrap(), 0);
    assert!(ENDED.load(SeqCst), "the locks were taken");
    assert!(!A.is_locked() && !B.is_locked());
    findings.are_none();
}
