//! `ReentrantMutex`: one thread as often as it likes, and nobody else meanwhile.

use crate::{LONG, SHORT, together};
use freehold::sync::{Mutex, ReentrantMutex, ReentrantMutexGuard};
use freehold::{Gc, Trace, gc};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

#[test]
fn its_owner_takes_it_again_and_others_wait_for_the_last_guard() {
    let mutex = ReentrantMutex::new(Cell::new(0));
    let (first, second) = (mutex.lock(), mutex.try_lock().expect("ours"));
    assert!(mutex.is_owned_by_current_thread());
    let is_free = || {
        let other = || {
            assert!(!mutex.is_owned_by_current_thread());
            mutex.try_lock().is_some()
        };
        thread::scope(|scope| scope.spawn(other).join().unwrap())
    };
    drop(first);
    assert!(!is_free() && mutex.is_locked());
    drop(second);
    assert!(is_free() && !mutex.is_owned_by_current_thread());
}

#[test]
fn it_is_waited_for_no_longer_than_said() {
    let mutex = ReentrantMutex::new(());
    let held = mutex.lock();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(mutex.try_lock_for(SHORT).is_none());
            assert!(mutex.try_lock_until(Instant::now() + SHORT).is_none());
        });
    });
    assert!(mutex.try_lock_for(LONG).is_some(), "ours");
    drop(held);
    thread::scope(|scope| _ = scope.spawn(|| assert!(mutex.try_lock_for(LONG).is_some())));
}

#[test]
fn no_update_is_lost_between_threads() {
    let mutex = ReentrantMutex::new(Cell::new(0));
    let add = || {
        let outer = mutex.lock();
        let inner = mutex.lock();
        inner.set(outer.get() + 1);
    };
    together(4, |_| (0..5000).for_each(|_| add()));
    assert_eq!(mutex.into_inner().get(), 20_000);
}

#[test]
fn a_panic_gives_back_its_holds_alone() {
    let mutex = ReentrantMutex::new(RefCell::new(1));
    let outer = mutex.lock();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _inner = mutex.lock();
        panic!("on purpose");
    }));
    assert!(panic.is_err() && mutex.is_owned_by_current_thread());
    drop(outer);
    assert!(!mutex.is_locked());
}

#[test]
fn a_part_is_held_as_the_whole_is() {
    let mutex = ReentrantMutex::new((1, Some(2)));
    let part = ReentrantMutexGuard::try_map(mutex.lock(), |pair| pair.1.as_ref()).expect("there");
    let part = ReentrantMutexGuard::map(part, |number| number);
    assert!(*part == 2 && mutex.is_locked());
    let whole = ReentrantMutexGuard::try_map(mutex.lock(), |_| None::<&i32>).expect_err("not there");
    assert_eq!(whole.0, 1);
    drop((part, whole));
    assert!(!mutex.is_locked());
}

#[derive(Trace)]
struct Node {
    links: ReentrantMutex<Mutex<Vec<Gc<Node>>>>,
}

#[test]
fn what_its_owner_holds_is_kept_while_the_owner_collects() {
    let node = || {
        Gc::new(Node {
            links: ReentrantMutex::default(),
        })
    };
    let (a, b) = (node(), node());
    a.links.lock().lock().push(b.clone());
    let weak = Gc::downgrade(&b);
    b.links.lock().lock().push(b.clone());
    drop(b);
    let held = a.links.lock();
    gc::collect();
    assert!(Gc::ptr_eq(&held.lock()[0], &weak.upgrade().expect("kept")));
    drop(held);
    drop(a);
    gc::collect();
    assert!(weak.upgrade().is_none());
}
