//! `RwLock`: readers, a writer, the reader who may become one, and panics.

use crate::{LONG, SHORT, together, until, while_collecting};
use freehold::sync::{Mutex, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
use freehold::{Gc, Trace, Tracer, gc};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn readers_share_and_a_writer_does_not() {
    let lock = RwLock::new(1);
    {
        let (_one, _other, _third) = (lock.read(), lock.upgradable_read(), lock.read());
        assert!(lock.try_write().is_none() && lock.try_upgradable_read().is_none());
        assert!(lock.try_write_for(SHORT).is_none());
        assert!(lock.try_write_until(Instant::now() + SHORT).is_none());
    }
    let _writer = lock.write();
    assert!(lock.try_read().is_none() && lock.try_upgradable_read().is_none());
    assert!(lock.try_read_for(SHORT).is_none() && lock.try_upgradable_read_for(SHORT).is_none());
}

#[test]
fn an_upgrade_waits_for_readers_no_longer_than_said() {
    let lock = RwLock::new(1);
    let reader = lock.read();
    let seen = lock.upgradable_read();
    let seen = RwLockUpgradableReadGuard::try_upgrade(seen).expect_err("somebody reads");
    let seen = RwLockUpgradableReadGuard::try_upgrade_for(seen, SHORT).expect_err("somebody reads");
    drop(reader);
    let mut writer = RwLockUpgradableReadGuard::try_upgrade_for(seen, LONG).expect("nobody reads");
    *writer = 2;
    let seen = RwLockWriteGuard::downgrade_to_upgradable(writer);
    assert_eq!(*seen + *lock.read(), 4);
    let read = RwLockUpgradableReadGuard::downgrade(seen);
    assert!(lock.try_upgradable_read().is_some());
    drop(read);
}

#[test]
fn what_an_upgraded_reader_saw_is_still_so() {
    let lock = RwLock::new(0);
    together(4, |thread| {
        for _ in 0..2000 {
            let seen = lock.upgradable_read();
            let before = *seen;
            match thread {
                0 => assert!(*lock.read() >= before),
                1 => *RwLockUpgradableReadGuard::try_upgrade_for(seen, LONG).expect("in time") = before + 1,
                _ => *RwLockUpgradableReadGuard::upgrade(seen) = before + 1,
            }
        }
    });
    assert_eq!(lock.into_inner(), 6000);
}

#[test]
fn a_panic_unlocks_and_poisons_nothing() {
    let lock = RwLock::new(1);
    let writing = catch_unwind(AssertUnwindSafe(|| {
        *lock.write() = 2;
        let _guard = lock.write();
        panic!("on purpose");
    }));
    let reading = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.read();
        panic!("on purpose");
    }));
    assert!(writing.is_err() && reading.is_err());
    assert_eq!(*lock.try_write().expect("free"), 2);
}

#[test]
fn parts_are_held_as_the_whole_is() {
    let lock = RwLock::new((1, "one"));
    let part = RwLockReadGuard::map(lock.read(), |pair| &pair.1);
    assert!(lock.try_write().is_none() && lock.try_read().is_some());
    drop(part);
    let mut part = RwLockWriteGuard::map(lock.write(), |pair| &mut pair.0);
    *part = 2;
    assert!(lock.try_read().is_none());
    drop(part);
    assert_eq!(lock.into_inner(), (2, "one"));
}

#[derive(Trace)]
struct Wide {
    many: RwLock<Vec<Gc<u64>>>,
    own: Mutex<Option<Gc<Wide>>>,
}

/// An object that a look at takes long.
fn wide() -> Gc<Wide> {
    let wide = Gc::new(Wide {
        many: RwLock::new(vec![Gc::new(1); 50_000]),
        own: Mutex::default(),
    });
    *wide.own.lock() = Some(wide.clone());
    wide
}

#[test]
fn the_collector_is_in_no_readers_way() {
    let wide = wide();
    while_collecting(|| {
        for _ in 0..20_000 {
            assert!(wide.many.try_read().is_some(), "there is no writer");
        }
    });
    wide.own.lock().take();
}

#[test]
fn a_reader_may_read_again_while_a_writer_waits_and_the_collector_looks() {
    let wide = wide();
    while_collecting(|| {
        for _ in 0..20 {
            let outer = wide.many.read();
            let is_done = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    wide.many.write().push(Gc::new(2));
                    is_done.store(true, SeqCst);
                });
                until(|| wide.many.try_read().is_none());
                assert_eq!(wide.many.read_recursive().len(), outer.len());
                drop(outer);
                until(|| is_done.load(SeqCst));
            });
        }
    });
    wide.own.lock().take();
}

/// Takes a millisecond to look at, and counts that.
struct Slow(Arc<AtomicUsize>);

// SAFETY: there is nothing to show.
unsafe impl Trace for Slow {
    fn trace(&self, _: &mut Tracer) {
        self.0.fetch_add(1, SeqCst);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn who_waits_to_write_makes_the_collector_leave() {
    const PARTS: usize = 200;
    let writes: [fn(&RwLock<Vec<Slow>>); 2] = [
        |lock| drop(lock.write()),
        |lock| drop(RwLockUpgradableReadGuard::upgrade(lock.upgradable_read())),
    ];
    for write in writes {
        let looked = Arc::new(AtomicUsize::new(0));
        let parts = (0..PARTS).map(|_| Slow(looked.clone())).collect();
        let slow = Gc::new(RwLock::new(parts));
        // It may be over before this thread gets to write, but not each time.
        let has_left = (0..10).any(|_| {
            looked.store(0, SeqCst);
            let collector = thread::spawn(gc::collect);
            until(|| looked.load(SeqCst) > 0);
            write(&slow);
            let has_left = looked.load(SeqCst) < PARTS;
            collector.join().unwrap();
            has_left
        });
        assert!(has_left);
    }
}
