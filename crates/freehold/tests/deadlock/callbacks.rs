//! What callbacks may do.

use super::{Findings, one_in_the_other, pair, until};
use freehold::gc;
use freehold::sync::deadlock::{on_deadlock, on_inversion, remove_callback};
use freehold::sync::{Condvar, Mutex, MutexGuard, RwLock};
use std::mem::forget;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

#[test]
fn a_panic_ends_in_the_detector() {
    let findings = Findings::begin();
    let before = gc::stats().panics;
    let id = on_inversion(|inversion| panic!("{inversion}"));
    let (a, b) = pair();
    let mut outer = a.lock();
    let inner = b.lock();
    // The mutex is taken again for a guard that is there: a panic in between would release it twice.
    MutexGuard::unlocked(&mut outer, || ());
    assert_eq!(*outer + *inner, 3);
    drop((outer, inner));
    remove_callback(id);
    assert_eq!(findings.inversion().orders.len(), 2);
    assert_eq!(gc::stats().panics, before + 1);
    assert!(!a.is_locked() && !b.is_locked());
}

#[test]
fn callbacks_take_locks() {
    let findings = Findings::begin();
    let (log, other) = (Arc::new(Mutex::new(Vec::new())), Mutex::new(()));
    let id = on_inversion({
        let log = log.clone();
        move |inversion| {
            let mut log = log.lock();
            drop(other.lock());
            log.push(inversion.to_string());
            let held = other.lock();
            assert!(log.len() < 100 && log.capacity() > 0);
            drop((log, held));
        }
    });
    let (a, b) = pair();
    drop((a.lock(), b.lock()));
    drop((b.lock(), a.lock()));
    remove_callback(id);
    let log = log.lock();
    assert_eq!((log.len(), findings.inversion().to_string()), (1, log[0].clone()));
}

#[test]
fn a_callback_that_is_removed_is_told_no_more() {
    let findings = Findings::begin();
    let told = Arc::new(AtomicUsize::new(0));
    let (first, second) = (told.clone(), told.clone());
    let ids = [
        on_inversion(move |_| _ = first.fetch_add(1, SeqCst)),
        on_inversion(move |_| _ = second.fetch_add(10, SeqCst)),
    ];
    let (a, b) = pair();
    drop((a.lock(), b.lock()));
    drop((b.lock(), a.lock()));
    assert_eq!(told.load(SeqCst), 11);
    ids.into_iter().for_each(remove_callback);
    assert_eq!(Arc::strong_count(&told), 1, "what they owned is dropped");
    let (a, b) = pair();
    one_in_the_other(&a, &b);
    drop((b.lock(), a.lock()));
    assert_eq!((told.load(SeqCst), findings.inversions().len()), (11, 2));
}

/// A wait in a callback hides the wait that the callback is about, and for no longer than it lasts.
#[test]
fn a_callback_that_waits_leaves_its_thread_where_it_was() {
    let findings = Findings::begin();
    let (lock, mutex) = (RwLock::new(0), Mutex::new(0));
    let (log, is_called) = (Arc::new(Mutex::new(0)), Arc::new(AtomicBool::new(false)));
    let id = on_deadlock({
        let (log, is_called) = (log.clone(), is_called.clone());
        move |_| {
            is_called.store(true, SeqCst);
            *log.lock() += 1;
        }
    });
    let (all, busy) = (Barrier::new(3), log.lock());
    thread::scope(|scope| {
        scope.spawn(|| {
            forget(lock.read());
            all.wait();
            drop(mutex.lock());
        });
        scope.spawn(|| {
            forget(mutex.lock());
            all.wait();
            // The other waits by now, if this thread is to find the deadlock.
            thread::sleep(Duration::from_millis(100));
            drop(lock.write());
        });
        scope.spawn(|| {
            forget(lock.read());
            all.wait();
            until(|| is_called.load(SeqCst));
            thread::sleep(Duration::from_millis(50));
            drop(mutex.lock());
        });
        until(|| is_called.load(SeqCst));
        thread::sleep(Duration::from_millis(150));
        drop(busy);
        until(|| findings.deadlocks().len() == 2);
        until(|| *log.lock() == 2);
        // SAFETY: the guards were forgotten, and their threads wait for this.
        unsafe {
            mutex.force_unlock();
            lock.force_unlock_read();
            lock.force_unlock_read();
        }
    });
    remove_callback(id);
}

/// An order that is found while a lock is let go and taken again is told of while the lock is held, and known to be.
#[test]
fn a_callback_of_a_condition_finds_the_mutex_locked() {
    let findings = Findings::begin();
    let ((a, b), never) = (pair(), Condvar::new());
    let (a, is_free) = (Arc::new(a), Arc::new(AtomicBool::new(true)));
    let id = on_inversion({
        let (a, is_free) = (a.clone(), is_free.clone());
        move |_| is_free.store(a.try_lock().is_some(), SeqCst)
    });
    let mut outer = a.lock();
    let inner = b.lock();
    assert!(never.wait_for(&mut outer, Duration::from_millis(1)).timed_out());
    drop((outer, inner));
    remove_callback(id);
    assert!(!is_free.load(SeqCst));
    assert_eq!(findings.inversion().orders.len(), 2);
    assert!(findings.deadlocks().is_empty());
}
