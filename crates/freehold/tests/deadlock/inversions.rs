//! Orders that contradict each other, and what is said of them.

use super::{Findings, above, line, named, one_in_the_other, pair};
use freehold::sync::deadlock::{self, Kind, Mode};
use freehold::sync::{Condvar, Mutex, MutexGuard, OnceLock, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
use std::thread;
use std::time::Duration;

#[test]
fn both_orders_of_two_locks() {
    let findings = Findings::begin();
    let (a, b) = pair();
    thread::scope(|scope| {
        let ada = named(scope, "ada", || {
            let held = a.lock();
            drop((b.lock(), held));
        });
        let (ada_held, ada_wanted) = (above(3), above(2));
        ada.join().unwrap();
        assert!(findings.inversions().is_empty());
        let bob = named(scope, "bob", || {
            let held = b.lock();
            drop((a.lock(), held));
        });
        let (bob_held, bob_wanted) = (above(3), above(2));
        bob.join().unwrap();

        let inversion = findings.inversion();
        let [new, old] = inversion.orders.as_slice() else {
            panic!("{inversion}")
        };
        assert_eq!(
            (new.thread.name.as_deref(), old.thread.name.as_deref()),
            (Some("bob"), Some("ada"))
        );
        assert_eq!((line(new.held.site), line(new.wanted.site)), (bob_held, bob_wanted));
        assert_eq!((line(old.held.site), line(old.wanted.site)), (ada_held, ada_wanted));
        assert_eq!(
            (new.held.lock.number, new.wanted.lock.number),
            (old.wanted.lock.number, old.held.lock.number)
        );
        assert_eq!((new.held.lock.kind, new.held.mode), (Kind::Mutex, Mode::Exclusive));
        let text = inversion.to_string();
        assert!(
            text.starts_with("2 locks are taken in orders that can deadlock:\n  thread "),
            "{text}"
        );
        assert!(
            text.contains("\"bob\" held Mutex #") && text.contains("inversions.rs:"),
            "{text}"
        );
        assert!(deadlock::inversions().contains(&inversion));
    });
}

#[test]
fn a_cycle_of_four() {
    let findings = Findings::begin();
    let ((a, b), (c, d)) = (pair(), pair());
    one_in_the_other(&a, &b);
    one_in_the_other(&c, &d);
    drop((d.lock(), a.lock()));
    assert!(findings.inversions().is_empty());
    drop((b.lock(), c.lock()));
    let inversion = findings.inversion();
    assert_eq!(inversion.orders.len(), 4, "{inversion}");
    let mut next = inversion.orders.iter().cycle().skip(1);
    assert!(
        inversion
            .orders
            .iter()
            .all(|order| order.wanted.lock.number == next.next().unwrap().held.lock.number)
    );
}

#[test]
fn each_pair_of_sites_is_reported_once() {
    let findings = Findings::begin();
    for _ in 0..50 {
        let (a, b) = pair();
        let (outer, inner) = (a.lock(), b.lock());
        drop((outer, inner));
        let (outer, inner) = (b.lock(), a.lock());
        drop((outer, inner));
    }
    assert_eq!(findings.inversions().len(), 1);
}

#[test]
fn transfers_between_accounts() {
    let findings = Findings::begin();
    let accounts: Vec<_> = (0..10).map(|_| Mutex::new(100)).collect();
    let transfer = |from: &Mutex<i32>, to: &Mutex<i32>| {
        let mut from = from.lock();
        *to.lock() += 1;
        *from -= 1;
    };
    transfer(&accounts[0], &accounts[1]);
    transfer(&accounts[1], &accounts[2]);
    assert!(findings.inversions().is_empty());
    transfer(&accounts[2], &accounts[0]);
    assert_eq!(findings.inversion().orders.len(), 3);
}

#[test]
fn what_was_tried_is_held() {
    let findings = Findings::begin();
    let (a, b) = pair();
    let tried = a.try_lock().unwrap();
    drop((b.lock(), tried));
    assert!(findings.inversions().is_empty());
    drop((b.lock(), a.lock()));
    assert_eq!(findings.inversion().orders.len(), 2);

    let (a, b) = pair();
    let tried = a.try_lock_for(Duration::from_secs(1)).unwrap();
    drop((b.lock(), tried));
    drop((b.lock(), a.lock()));
    assert_eq!(findings.inversion().orders.len(), 2);
}

#[test]
fn a_read_within_a_read() {
    let findings = Findings::begin();
    let lock = RwLock::new(1);
    drop((lock.read(), lock.read()));
    let inversion = findings.inversion();
    assert_eq!(inversion.orders.len(), 1);
    assert!(
        inversion.to_string().contains("if a writer waits in between"),
        "{inversion}"
    );

    // Past writers that wait; and none can wait for readers while there is an upgradable one.
    let lock = RwLock::new(1);
    drop((lock.read(), lock.read_recursive()));
    drop((lock.upgradable_read(), lock.read()));
    findings.are_none();
    drop((lock.read(), lock.upgradable_read()));
    assert_eq!(findings.inversion().orders[0].wanted.mode, Mode::Upgradable);
}

#[test]
fn readers_in_both_orders() {
    let findings = Findings::begin();
    let (a, b) = (RwLock::new(1), RwLock::new(2));
    drop((a.read(), b.read()));
    drop((b.read(), a.read_recursive()));
    drop((b.read_recursive(), a.read_recursive()));
    findings.are_none();
    drop((b.read(), a.read()));
    let inversion = findings.inversion();
    assert!(
        inversion.orders.iter().all(|order| order.held.mode == Mode::Shared),
        "{inversion}"
    );
    assert!(inversion.to_string().contains("to read"), "{inversion}");
}

#[test]
fn a_recursive_reader_waits_for_a_writer() {
    let findings = Findings::begin();
    let (a, b) = (RwLock::new(1), RwLock::new(2));
    drop((a.write(), b.read()));
    drop((b.read(), a.read_recursive()));
    assert_eq!(findings.inversion().orders.len(), 2);
}

#[test]
fn a_path_of_readers_that_nobody_waits_on() {
    let findings = Findings::begin();
    let (a, b, c) = (RwLock::new(1), RwLock::new(2), RwLock::new(3));
    // To b only recursively, from b only as a reader: nobody waits at b.
    drop((a.write(), b.read_recursive()));
    drop((b.read(), c.write()));
    drop((c.write(), a.write()));
    findings.are_none();
    drop((b.write(), c.write()));
    drop((b.write(), a.write()));
    assert!(!findings.inversions().is_empty());
}

#[test]
fn upgrades_wait_for_readers_and_writers_for_upgradable_ones() {
    let findings = Findings::begin();
    let (a, b) = (RwLock::new(1), Mutex::new(2));
    let upgrade = |reader| drop(RwLockUpgradableReadGuard::upgrade(reader));
    drop((a.upgradable_read(), b.lock()));
    drop((b.lock(), upgrade(a.try_upgradable_read().unwrap())));
    findings.are_none();
    drop((a.read(), b.lock()));
    assert_eq!(findings.inversion().orders[1].wanted.mode, Mode::Upgrade);
    let (a, b) = (RwLock::new(1), Mutex::new(2));
    drop((a.upgradable_read(), b.lock()));
    drop((b.lock(), a.write()));
    assert_eq!(findings.inversion().orders[1].held.mode, Mode::Upgradable);
}

#[test]
fn upgrades_wait_for_readers() {
    let findings = Findings::begin();
    let (lock, mutex) = (RwLock::new(1), Mutex::new(2));
    drop((lock.read(), mutex.lock()));
    let mutex_first = mutex.try_lock().unwrap();
    let reader = lock.try_upgradable_read().unwrap();
    assert!(findings.inversions().is_empty());
    drop(RwLockUpgradableReadGuard::upgrade(reader));
    drop(mutex_first);
    let inversion = findings.inversion();
    assert_eq!(inversion.orders[0].wanted.mode, Mode::Upgrade, "{inversion}");
}

#[test]
fn a_wait_for_a_condition_takes_its_mutex_again() {
    let findings = Findings::begin();
    let (a, b) = pair();
    let never = Condvar::new();
    let mut outer = a.lock();
    let inner = b.lock();
    assert!(findings.inversions().is_empty());
    assert!(never.wait_for(&mut outer, Duration::from_millis(1)).timed_out());
    let waited = above(1);
    drop((inner, outer));
    let inversion = findings.inversion();
    assert_eq!(line(inversion.orders[0].wanted.site), waited, "{inversion}");
}

#[test]
fn letting_others_go_first_takes_the_mutex_again() {
    let findings = Findings::begin();
    let (a, b) = pair();
    let mut outer = a.lock();
    let inner = b.lock();
    MutexGuard::bump(&mut outer);
    drop((inner, outer));
    assert_eq!(findings.inversion().orders.len(), 2);

    let (a, b) = pair();
    let mut outer = a.lock();
    let inner = b.lock();
    MutexGuard::unlocked(&mut outer, || ());
    drop((inner, outer));
    assert_eq!(findings.inversion().orders.len(), 2);
}

#[test]
fn cells_that_are_being_set_are_locks() {
    let findings = Findings::begin();
    let (once, mutex) = (OnceLock::new(), Mutex::new(1));
    once.get_or_init(|| *mutex.lock());
    findings.are_none();
    let once = OnceLock::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        once.get_or_init(|| panic!("{} is not enough", *mutex.lock()));
    }));
    assert!(panicked.is_err());
    let held = mutex.lock();
    assert!(once.set(2).is_ok());
    drop(held);
    let inversion = findings.inversion();
    assert_eq!(inversion.orders[0].wanted.lock.kind, Kind::OnceLock);
}

#[test]
fn a_reentrant_mutex_in_both_orders() {
    let findings = Findings::begin();
    let (reentrant, mutex) = (ReentrantMutex::new(1), Mutex::new(2));
    drop((reentrant.lock(), reentrant.lock(), mutex.lock(), reentrant.lock()));
    findings.are_none();
    drop((mutex.lock(), reentrant.lock()));
    assert_eq!(findings.inversion().orders[0].wanted.lock.kind, Kind::ReentrantMutex);
}

#[test]
fn a_lock_that_moves_stays_itself() {
    let findings = Findings::begin();
    let (a, b) = pair();
    one_in_the_other(&a, &b);
    let moved = Box::new((a, b));
    drop((moved.1.lock(), moved.0.lock()));
    assert_eq!(findings.inversion().orders.len(), 2);
}
