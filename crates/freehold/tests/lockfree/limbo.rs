//! When values that were taken out are dropped, and where.

use super::counted::Drops;
use super::patience::join;
use freehold::lockfree::Map;
use freehold::{Gc, gc};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_removed_value_is_dropped_soon_without_a_collection() {
    let drops = Drops::default();
    let map = Map::new();
    map.insert((), drops.value());
    drop(map.remove(&()));
    let start = Instant::now();
    while drops.count() == 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_an_ended_thread_removed_is_dropped() {
    let drops = Drops::default();
    let map: Map<_, _> = (0..3_000).map(|key| (key, drops.value())).collect();
    thread::scope(|scope| {
        join([scope.spawn(|| (0..3_000).for_each(|key| drop(map.remove(&key))))]);
    });
    drops.expect(3_000);
}

#[test]
fn a_value_whose_drop_changes_the_map_is_dropped() {
    struct Chain {
        map: &'static Map<u32, Chain>,
        next: u32,
        _counted: super::counted::Counted,
    }
    impl Drop for Chain {
        fn drop(&mut self) {
            drop(self.map.remove(&self.next));
        }
    }
    let drops = Drops::default();
    static MAP: LazyLock<Map<u32, Chain>> = LazyLock::new(Map::new);
    let map = &*MAP;
    for next in 1..=50 {
        let _counted = drops.value();
        map.insert(next - 1, Chain { map, next, _counted });
    }
    drop(map.remove(&0));
    drops.expect(50);
}

#[test]
fn a_drop_that_panics_keeps_no_other() {
    struct Panics {
        _counted: super::counted::Counted,
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let drops = Drops::default();
    let map: Map<_, _> = (0..10)
        .map(|key| {
            (
                key,
                Panics {
                    _counted: drops.value(),
                },
            )
        })
        .collect();
    map.clear();
    gc::collect();
    drops.expect(10);
}

#[test]
fn a_map_is_used_in_the_destructor_of_a_thread_local() {
    struct Late(&'static Map<u32, Gc<u32>>);
    impl Drop for Late {
        fn drop(&mut self) {
            for key in 0..2_000 {
                self.0.insert(key, Gc::new(key));
                assert_eq!(self.0.get(&key).map(|value| **value), Some(key));
                drop(self.0.remove(&key));
            }
        }
    }
    thread_local! { static LATE: std::cell::Cell<Option<Late>> = const { std::cell::Cell::new(None) } }
    static MAP: LazyLock<Map<u32, Gc<u32>>> = LazyLock::new(Map::new);
    let map = &*MAP;
    for _ in 0..8 {
        thread::spawn(move || {
            // The thread's own record is made after, so that it is gone before.
            LATE.set(Some(Late(map)));
            map.insert(0, Gc::new(0));
        })
        .join()
        .unwrap();
    }
    assert!(map.is_empty());
}

#[test]
fn many_threads_that_come_and_go_leave_nothing() {
    let drops = Drops::default();
    let map = Map::new();
    for round in 0..50 {
        thread::scope(|scope| {
            join([0, 1, 2, 3].map(|worker| {
                let (map, drops) = (&map, &drops);
                scope.spawn(move || {
                    for key in 0..20 {
                        map.insert(worker * 20 + key, drops.value());
                    }
                })
            }));
        });
        assert_eq!(map.len(), 80, "round {round}");
    }
    map.clear();
    drops.expect(50 * 80);
}
