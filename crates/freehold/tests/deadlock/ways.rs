//! All the ways in which a lock is taken, passed on and released: nothing is held in the end, so nothing is ordered after it.

use super::{Findings, pair};
use freehold::sync::{
    MappedMutexGuard, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use std::time::{Duration, Instant};

/// Checks that this thread holds nothing: a lock that is taken before each of `locks` is no inversion with them.
fn holds_nothing(findings: &Findings, lock: impl Fn()) {
    findings.are_none();
    let other = Mutex::new(1);
    // Were the lock held still, this would be an order after it …
    drop(other.lock());
    let held = other.lock();
    // … and this would contradict it.
    lock();
    drop(held);
    findings.are_none();
}

#[test]
fn ways_out_of_a_mutex() {
    let findings = Findings::begin();
    let mutex = Mutex::new((1, 2));
    let lock = || drop(mutex.lock());
    let mut guard = mutex.lock();
    MutexGuard::unlocked(&mut guard, || drop(mutex.lock()));
    MutexGuard::unlocked_fair(&mut guard, || drop(mutex.lock()));
    MutexGuard::bump(&mut guard);
    MutexGuard::unlock_fair(guard);
    holds_nothing(&findings, lock);

    let part: MappedMutexGuard<'_, i32> = MutexGuard::map(mutex.lock(), |pair| &mut pair.0);
    MappedMutexGuard::unlock_fair(part);
    assert!(MutexGuard::try_map(mutex.lock(), |_| None::<&mut i32>).is_err());
    holds_nothing(&findings, lock);

    drop(mutex.try_lock());
    drop(mutex.try_lock_for(Duration::ZERO));
    drop(mutex.try_lock_until(Instant::now()));
    assert!(!mutex.is_locked());
    assert!(!format!("{mutex:?}").is_empty());
    holds_nothing(&findings, lock);

    std::mem::forget(mutex.lock());
    // SAFETY: the guard was forgotten.
    unsafe { mutex.force_unlock() };
    std::mem::forget(mutex.lock());
    // SAFETY: as above.
    unsafe { mutex.force_unlock_fair() };
    holds_nothing(&findings, lock);

    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = mutex.lock();
        panic!("while it is held");
    }));
    assert!(panicked.is_err());
    holds_nothing(&findings, lock);
}

#[test]
fn ways_out_of_a_read_write_lock() {
    let findings = Findings::begin();
    let lock = RwLock::new(1);
    let write = || drop(lock.write());

    let guard = RwLockWriteGuard::downgrade_to_upgradable(lock.write());
    let mut guard = RwLockUpgradableReadGuard::upgrade(guard);
    RwLockWriteGuard::bump(&mut guard);
    RwLockWriteGuard::unlocked(&mut guard, || drop(lock.write()));
    let mut guard = RwLockWriteGuard::downgrade(guard);
    RwLockReadGuard::bump(&mut guard);
    RwLockReadGuard::unlocked(&mut guard, || drop(lock.write()));
    RwLockReadGuard::unlock_fair(guard);
    holds_nothing(&findings, write);

    let mut guard = lock.upgradable_read();
    guard.with_upgraded(|value| *value += 1);
    assert!(guard.try_with_upgraded(|value| *value += 1).is_some());
    RwLockUpgradableReadGuard::bump(&mut guard);
    let guard = RwLockUpgradableReadGuard::try_upgrade(guard).unwrap();
    let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
    let guard = RwLockUpgradableReadGuard::try_upgrade_for(guard, Duration::from_secs(1)).unwrap();
    let guard = RwLockWriteGuard::downgrade_to_upgradable(guard);
    drop(RwLockUpgradableReadGuard::downgrade(guard));
    RwLockUpgradableReadGuard::unlock_fair(lock.upgradable_read());
    RwLockWriteGuard::unlock_fair(lock.write());
    holds_nothing(&findings, write);

    drop((lock.read_recursive(), lock.read_recursive(), lock.try_read_recursive()));
    drop((
        lock.try_read(),
        lock.try_read_for(Duration::ZERO),
        lock.try_read_until(Instant::now()),
    ));
    drop((
        lock.try_read_recursive_for(Duration::ZERO),
        lock.try_read_recursive_until(Instant::now()),
    ));
    drop(lock.try_upgradable_read_for(Duration::ZERO));
    drop(lock.try_upgradable_read_until(Instant::now()));
    drop(lock.try_write_for(Duration::ZERO));
    drop(lock.try_write_until(Instant::now()));
    assert!(!lock.is_locked() && !lock.is_locked_exclusive());
    holds_nothing(&findings, write);

    // An upgrade that fails leaves an upgradable reader.
    let reader = lock.read();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let guard = lock.upgradable_read();
            let guard = RwLockUpgradableReadGuard::try_upgrade(guard).unwrap_err();
            drop(RwLockUpgradableReadGuard::try_upgrade_for(guard, Duration::from_millis(1)).unwrap_err());
            drop(reader_is_let_in(&lock));
            findings.are_none();
        });
    });
    drop(reader);
    holds_nothing(&findings, write);
}

fn reader_is_let_in(lock: &RwLock<i32>) -> RwLockReadGuard<'_, i32> {
    lock.try_read().unwrap()
}

#[test]
fn a_guard_that_is_forgotten_holds_until_its_lock_is_dropped() {
    let findings = Findings::begin();
    let (a, b) = pair();
    std::mem::forget(a.lock());
    drop(b.lock());
    let held = b.lock();
    drop(a);
    drop(held);
    // Nothing is held: these are orders of b and c only.
    let c = Mutex::new(3);
    drop((b.lock(), c.lock()));
    drop(b);
    drop(c);
    findings.are_none();
}

#[test]
fn a_lock_that_another_thread_releases() {
    let findings = Findings::begin();
    let (a, b) = pair();
    std::thread::scope(|scope| {
        let (a, b) = (&a, &b);
        let owner = scope.spawn(move || {
            std::mem::forget(a.lock());
            while a.is_locked() {
                std::thread::yield_now();
            }
            // a is not held any more.
            drop(b.lock());
        });
        super::until(|| a.is_locked());
        // SAFETY: the guard was forgotten, and its thread waits for this.
        unsafe { a.force_unlock() };
        owner.join().unwrap();
    });
    drop((b.lock(), a.lock()));
    findings.are_none();
}
