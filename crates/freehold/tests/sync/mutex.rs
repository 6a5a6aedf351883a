//! `Mutex`: what it has of parking_lot's, and panics.

use crate::{LONG, SHORT, together};
use freehold::sync::{MappedMutexGuard, Mutex, MutexGuard};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

#[test]
fn a_held_mutex_is_waited_for_no_longer_than_said() {
    let mutex = Mutex::new(1);
    let held = mutex.lock();
    thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            assert!(mutex.try_lock_for(SHORT).is_none());
            assert!(begin.elapsed() >= SHORT);
            assert!(mutex.try_lock_until(Instant::now() + SHORT).is_none());
            assert!(mutex.try_lock().is_none());
        });
    });
    drop(held);
    assert!(mutex.try_lock_for(LONG).is_some());
}

#[test]
fn a_mutex_that_comes_free_in_time_is_taken() {
    let mutex = Mutex::new(1);
    let held = mutex.lock();
    thread::scope(|scope| {
        let other = scope.spawn(|| mutex.try_lock_for(LONG).map(|guard| *guard));
        thread::sleep(SHORT);
        drop(held);
        assert_eq!(other.join().unwrap(), Some(1));
    });
}

#[test]
fn a_panic_unlocks_and_poisons_nothing() {
    let mutex = Mutex::new(vec![1]);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        mutex.lock().push(2);
        let _guard = mutex.lock();
        panic!("on purpose");
    }));
    assert!(panic.is_err());
    assert_eq!(*mutex.try_lock().expect("free"), [1, 2]);
}

#[test]
fn a_part_is_held_as_the_whole_is() {
    let mutex = Mutex::new((1, Some(2)));
    let part: MappedMutexGuard<'_, i32> = MutexGuard::try_map(mutex.lock(), |pair| pair.1.as_mut()).expect("there");
    assert!(mutex.is_locked() && mutex.try_lock().is_none());
    drop(part);
    let whole = MutexGuard::try_map(mutex.lock(), |_| None::<&mut i32>).expect_err("not there");
    assert_eq!(whole.0, 1);
}

#[test]
fn a_lost_update_cannot_be() {
    let mutex = Mutex::new(0);
    together(4, |_| (0..5000).for_each(|_| *mutex.lock() += 1));
    assert_eq!(mutex.into_inner(), 20_000);
}

#[test]
fn the_lock_is_let_go_for_a_while() {
    let mutex = Mutex::new(1);
    let mut guard = mutex.lock();
    MutexGuard::unlocked(&mut guard, || *mutex.lock() = 2);
    assert_eq!(*guard, 2);
}
