//! What is no inversion and no deadlock.

use super::{Findings, one_in_the_other, pair};
use freehold::sync::{Condvar, Mutex, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
use freehold::{Gc, Trace, gc};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn one_order() {
    let findings = Findings::begin();
    let locks: Vec<_> = (0..20).map(Mutex::new).collect();
    for skip in 1..5 {
        let guards: Vec<_> = locks.iter().step_by(skip).map(Mutex::lock).collect();
        drop(guards);
    }
    findings.are_none();
}

#[test]
fn who_tries_does_not_wait() {
    let findings = Findings::begin();
    let (a, b) = pair();
    drop((a.lock(), b.try_lock().unwrap()));
    drop((b.lock(), a.try_lock().unwrap()));
    drop((a.lock(), b.try_lock_for(Duration::from_secs(1)).unwrap()));
    drop((b.lock(), a.try_lock_for(Duration::from_secs(1)).unwrap()));
    let (a, b) = (RwLock::new(1), RwLock::new(2));
    drop((a.write(), b.try_read().unwrap()));
    drop((b.write(), a.try_write_for(Duration::from_secs(1)).unwrap()));
    findings.are_none();
}

#[test]
fn fresh_locks_below_a_lock() {
    struct Tree(Mutex<Vec<Tree>>);
    fn grow(depth: usize) -> Tree {
        Tree(Mutex::new((0..depth).map(|_| grow(depth - 1)).collect()))
    }
    fn walk(tree: &Tree) -> usize {
        let children = tree.0.lock();
        1 + children.iter().map(walk).sum::<usize>()
    }
    let findings = Findings::begin();
    for _ in 0..10 {
        assert_eq!(walk(&grow(4)), 65);
    }
    findings.are_none();
}

#[test]
fn another_lock_at_the_same_address() {
    let findings = Findings::begin();
    let (other, mut slot) = (Mutex::new(1), Box::new(Mutex::new(2)));
    let address = &raw const *slot;
    one_in_the_other(&other, &slot);
    *slot = Mutex::new(3);
    one_in_the_other(&slot, &other);
    // Without the old one's drop, too.
    // SAFETY: the old lock is leaked.
    unsafe { std::ptr::write(&raw mut *slot, Mutex::new(4)) };
    one_in_the_other(&other, &slot);
    assert_eq!(address, &raw const *slot);
    findings.are_none();
}

#[test]
fn a_lock_again_by_its_owner() {
    let findings = Findings::begin();
    let lock = ReentrantMutex::new(());
    drop((lock.lock(), lock.lock(), lock.try_lock()));
    findings.are_none();
}

#[test]
fn releases_in_any_order() {
    let findings = Findings::begin();
    let ((a, b), (c, d)) = (pair(), pair());
    let (held_a, held_b) = (a.lock(), b.try_lock().unwrap());
    drop(held_a);
    drop((held_b, c.lock()));
    // a was not held when c was taken, so this order is the first.
    drop((c.lock(), a.lock()));
    drop((c.lock(), d.lock()));
    findings.are_none();
}

#[test]
fn patience_that_ends_is_no_deadlock() {
    let findings = Findings::begin();
    let (a, b) = pair();
    let both = std::sync::Barrier::new(2);
    let cross = |first: &Mutex<i32>, second: &Mutex<i32>| {
        let held = first.lock();
        both.wait();
        let other = second.try_lock_for(Duration::from_millis(50));
        both.wait();
        drop((other, held));
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(|| cross(&a, &b)), scope.spawn(|| cross(&b, &a))];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    findings.are_none();
}

#[test]
fn a_writer_without_patience_keeps_readers_out_for_a_while() {
    let findings = Findings::begin();
    let lock = RwLock::new(1);
    let first = lock.read();
    thread::scope(|scope| {
        scope.spawn(|| assert!(lock.try_write_for(Duration::from_millis(200)).is_none()));
        super::until(|| lock.try_read().is_none());
        drop(lock.read());
    });
    drop(first);
    assert!(findings.deadlocks().is_empty());
}

/// Threads that wait for each other all the time, in one order, with a collector that enters the locks and a condition.
#[test]
fn waits_that_end() {
    #[derive(Trace)]
    struct Room {
        names: Mutex<Vec<Gc<Room>>>,
        count: RwLock<usize>,
    }
    let findings = Findings::begin();
    let room = Gc::new(Room {
        names: Mutex::default(),
        count: RwLock::new(0),
    });
    room.names.lock().push(room.clone());
    let (turn, changed) = (Mutex::new(0), Condvar::new());
    let (stop, rounds) = (AtomicBool::new(false), 2000);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for me in 0..4 {
            let (room, turn, changed, stop, done) = (&room, &turn, &changed, &stop, &done);
            scope.spawn(move || {
                for round in 0..rounds {
                    let names = room.names.lock();
                    match (round + me) % 4 {
                        0 => *room.count.write() += names.len(),
                        1 => drop(room.count.read()),
                        2 => drop(RwLockUpgradableReadGuard::upgrade(room.count.upgradable_read())),
                        _ => drop(room.count.read_recursive()),
                    }
                    drop(names);
                    *turn.lock() += 1;
                    changed.notify_all();
                    let mut turn = turn.lock();
                    changed.wait_while_for(&mut turn, |turn| *turn % 2 == 1, Duration::from_micros(100));
                }
                stop.store(done.fetch_add(1, SeqCst) == 3, SeqCst);
            });
        }
        while !stop.load(SeqCst) {
            gc::collect();
        }
    });
    assert_eq!(*room.count.read(), rounds);
    room.names.lock().clear();
    findings.are_none();
}

/// Writers who stand in line for longer than readers wait between two looks, with one that holds a lock and one that does not.
#[test]
fn readers_get_in_behind_many_writers() {
    let findings = Findings::begin();
    let (lock, other, done) = (RwLock::new(0), Mutex::new(0), AtomicUsize::new(0));
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while done.load(SeqCst) < 2 && begin.elapsed() < super::LONG {
                    let mut count = lock.write();
                    thread::sleep(Duration::from_millis(100));
                    *count += 1;
                }
            });
        }
        super::until(|| lock.is_locked_exclusive());
        for holds_one in [false, true] {
            let (lock, other, done) = (&lock, &other, &done);
            scope.spawn(move || {
                let held = holds_one.then(|| other.lock());
                drop(lock.read());
                drop(held);
                done.fetch_add(1, SeqCst);
            });
        }
    });
    assert!(begin.elapsed() < super::LONG, "they never got in");
    findings.are_none();
}

#[test]
fn an_upgradable_reader_excludes_itself() {
    let findings = Findings::begin();
    let (a, b) = (RwLock::new(1), Mutex::new(2));
    let reader = a.upgradable_read();
    let held = b.lock();
    drop((RwLockUpgradableReadGuard::upgrade(reader), held));
    findings.are_none();
}

#[test]
fn readers_enter_beside_an_upgradable_reader() {
    let findings = Findings::begin();
    let (a, b) = (RwLock::new(1), Mutex::new(2));
    drop((a.upgradable_read(), b.lock()));
    drop((b.lock(), a.read()));
    findings.are_none();
    thread::scope(|scope| {
        let reader = a.upgradable_read();
        scope.spawn(|| *a.write() = 2);
        thread::sleep(Duration::from_millis(50));
        assert!(a.try_read().is_some(), "a writer that waits keeps readers out");
        drop(reader);
    });
}
