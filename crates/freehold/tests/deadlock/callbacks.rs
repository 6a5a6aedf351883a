//! What callbacks may do.

use super::{Findings, one_in_the_other, pair};
use freehold::gc;
use freehold::sync::deadlock::{on_inversion, remove_callback};
use freehold::sync::{Mutex, MutexGuard};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

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
