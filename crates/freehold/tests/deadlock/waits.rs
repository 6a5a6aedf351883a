//! Deadlocks that happen, and what is said of them. Each ends by the main thread, which releases a lock for a thread that has
//! forgotten its guard.

use super::{Findings, above, line, named, until};
use freehold::sync::deadlock::{self, Kind, Mode};
use freehold::sync::{Condvar, Mutex, OnceLock, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
use std::mem::forget;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

#[test]
fn two_threads_with_two_mutexes() {
    let findings = Findings::begin();
    let (a, b, both) = (Mutex::new(1), Mutex::new(2), Barrier::new(2));
    thread::scope(|scope| {
        named(scope, "ada", || {
            forget(a.lock());
            both.wait();
            drop(b.lock());
        });
        let (ada_took, ada_waits) = (above(4), above(2));
        named(scope, "bob", || {
            forget(b.lock());
            both.wait();
            drop(a.lock());
        });
        let (bob_took, bob_waits) = (above(4), above(2));

        let deadlock = findings.deadlock();
        let text = deadlock.to_string();
        assert!(text.starts_with("2 threads wait for each other:\n  thread "), "{text}");
        assert_eq!(deadlock.waits.len(), 2, "{text}");
        let of = |name: &str| {
            let mut waits = deadlock.waits.iter();
            waits
                .find(|wait| wait.thread.name.as_deref() == Some(name))
                .expect(name)
        };
        let (ada, bob) = (of("ada"), of("bob"));
        assert_eq!((line(ada.wanted.site), line(bob.wanted.site)), (ada_waits, bob_waits));
        let (in_adas_way, in_bobs_way) = (ada.held.unwrap(), bob.held.unwrap());
        assert_eq!((line(in_adas_way.site), line(in_bobs_way.site)), (bob_took, ada_took));
        assert_eq!((ada.wanted.lock, bob.wanted.lock), (in_adas_way.lock, in_bobs_way.lock));
        assert_eq!(findings.inversions().len(), 1, "the orders contradict each other, too");
        assert!(deadlock::deadlocks().contains(&deadlock));

        // SAFETY: the guards were forgotten, and ada's thread does not use what a guards.
        unsafe { a.force_unlock() };
        until(|| !a.is_locked());
        // SAFETY: as above.
        unsafe { b.force_unlock() };
    });
    assert_eq!(findings.deadlocks().len(), 1, "it is reported once");
}

#[test]
fn three_threads_in_a_ring() {
    let findings = Findings::begin();
    let (locks, all) = ([const { ReentrantMutex::new(()) }; 3], Barrier::new(3));
    let plain = [const { Mutex::new(()) }; 3];
    thread::scope(|scope| {
        for me in 0..3 {
            let (locks, plain, all) = (&locks, &plain, &all);
            scope.spawn(move || {
                let held = (locks[me].lock(), locks[me].lock());
                forget(plain[me].lock());
                all.wait();
                match me {
                    0 => drop(plain[1].lock()),
                    _ => drop(locks[(me + 1) % 3].lock()),
                }
                drop(held);
            });
        }
        let deadlock = findings.deadlock();
        assert_eq!(deadlock.waits.len(), 3, "{deadlock}");
        let mut threads: Vec<_> = deadlock.waits.iter().map(|wait| wait.thread.number).collect();
        threads.sort_unstable();
        threads.dedup();
        assert_eq!(threads.len(), 3, "{deadlock}");
        // SAFETY: the guard was forgotten.
        unsafe { plain[1].force_unlock() };
    });
}

#[test]
fn a_thread_that_waits_for_itself() {
    let findings = Findings::begin();
    let mutex = Mutex::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            forget(mutex.lock());
            drop(mutex.lock());
        });
        let deadlock = findings.deadlock();
        assert!(
            deadlock.to_string().starts_with("a thread waits for itself:\n"),
            "{deadlock}"
        );
        assert_eq!(deadlock.waits.len(), 1);
        // SAFETY: the guard was forgotten.
        unsafe { mutex.force_unlock() };
    });
    findings.inversions();
    let lock = RwLock::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            forget(lock.read());
            drop(lock.write());
        });
        until(|| findings.deadlocks().len() == 2);
        // SAFETY: as above.
        unsafe { lock.force_unlock_read() };
    });
    assert!(findings.inversions().is_empty(), "a certain deadlock is no mere danger");
}

#[test]
fn a_reader_behind_a_writer_that_waits_for_it() {
    let findings = Findings::begin();
    let lock = RwLock::new(1);
    thread::scope(|scope| {
        let reader = named(scope, "reader", || {
            forget(lock.read());
            named(scope, "writer", || drop(lock.write()));
            until(|| lock.try_read().is_none());
            drop(lock.read());
        });
        let deadlock = findings.deadlock();
        let text = deadlock.to_string();
        assert_eq!(deadlock.waits[0].thread.name.as_deref(), Some("reader"), "{text}");
        assert_eq!((deadlock.waits.len(), deadlock.waits[0].held), (2, None), "{text}");
        assert!(text.contains("\"writer\", which waits to write"), "{text}");
        // SAFETY: the guard was forgotten.
        unsafe { lock.force_unlock_read() };
        reader.join().unwrap();
    });
}

/// The reader finds in its way a writer that gives up after a while, and so no deadlock. Then comes one that does not.
#[test]
fn a_reader_looks_again() {
    let findings = Findings::begin();
    let lock = RwLock::new(1);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = named(scope, "reader", || {
            forget(lock.read());
            until(|| lock.try_read().is_none());
            drop(lock.read());
        });
        until(|| lock.is_locked());
        // Each time it gives up, the reader may come in, for a moment: then there is nothing to be found.
        scope.spawn(|| {
            assert!(lock.try_write_for(Duration::from_millis(500)).is_none());
            is_over.store(true, SeqCst);
        });
        until(|| lock.try_read().is_none());
        scope.spawn(|| drop(lock.write()));
        thread::sleep(Duration::from_millis(200));
        assert!(
            findings.deadlocks().is_empty(),
            "a writer that gives up is no obstacle for ever"
        );
        until(|| is_over.load(SeqCst));
        until(|| reader.is_finished() || !findings.deadlocks().is_empty());
        // SAFETY: the guard was forgotten.
        unsafe { lock.force_unlock_read() };
    });
}

#[test]
fn an_upgrade_that_waits_for_a_reader() {
    let findings = Findings::begin();
    let (lock, mutex, both) = (RwLock::new(1), Mutex::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            forget(mutex.lock());
            let reader = lock.upgradable_read();
            both.wait();
            drop(RwLockUpgradableReadGuard::upgrade(reader));
        });
        scope.spawn(|| {
            let reader = lock.read();
            both.wait();
            drop((mutex.lock(), reader));
        });
        let deadlock = findings.deadlock();
        assert_eq!(deadlock.waits.len(), 2, "{deadlock}");
        assert!(
            deadlock.waits.iter().any(|wait| wait.wanted.mode == Mode::Upgrade),
            "{deadlock}"
        );
        // SAFETY: the guard was forgotten.
        unsafe { mutex.force_unlock() };
    });
}

#[test]
fn a_wait_for_a_condition_waits_for_the_mutex_in_any_case() {
    let findings = Findings::begin();
    let (a, b, changed) = (Mutex::new(false), Mutex::new(2), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut ready = a.lock();
            forget(b.lock());
            changed.wait_while(&mut ready, |ready| !*ready);
        });
        let waited = above(2);
        until(|| b.is_locked() && !a.is_locked());
        scope.spawn(|| {
            *a.lock() = true;
            let held = a.lock();
            drop((b.lock(), held));
        });
        let deadlock = findings.deadlock();
        assert_eq!(deadlock.waits.len(), 2, "{deadlock}");
        assert_eq!(line(deadlock.waits[1].wanted.site), waited, "{deadlock}");
        // SAFETY: the guard was forgotten.
        unsafe { b.force_unlock() };
        changed.notify_all();
    });
}

#[test]
fn a_cell_that_sets_itself() {
    let findings = Findings::begin();
    static ITSELF: OnceLock<i32> = OnceLock::new();
    // Nothing ends this wait.
    thread::spawn(|| ITSELF.get_or_init(|| ITSELF.get_or_init(|| 1) + 1));
    let deadlock = findings.deadlock();
    assert_eq!(deadlock.waits.len(), 1, "{deadlock}");
    assert_eq!(deadlock.waits[0].wanted.lock.kind, Kind::OnceLock);
}
