//! What a hostile user tried, or an unlucky one: each of these once hung, overflowed, or kept what it should not.

use super::patience::until;
use freehold::lockfree::{Map, MapIntoIter, Queue, Stack};
use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};
use std::hash::{Hash, Hasher, RandomState};
use std::panic::{self, AssertUnwindSafe};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

#[derive(Trace)]
struct Node {
    next: Mutex<Option<Gc<Node>>>,
}

#[test]
fn a_collection_waits_for_threads_that_look_for_an_instant() {
    let other: Map<u32, u32> = (0..1_000).map(|key| (key, key)).collect();
    let stop = AtomicBool::new(false);
    let (map, mut missed) = (Map::new(), 0);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                assert!((0..1_000).all(|key| other.get(&key).is_some_and(|value| *value == key)));
            }
        });
        for key in 0..100 {
            let node = Gc::new(Node { next: Mutex::new(None) });
            *node.next.lock() = Some(node.clone());
            let weak = Gc::downgrade(&node);
            drop(map.insert(key, node));
            drop(map.remove(&key));
            gc::collect();
            missed += usize::from(weak.upgrade().is_some());
        }
        stop.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    // A reader may lose its processor for as long as the collection waits.
    assert!(missed <= 20, "{missed} of 100");
}

#[test]
fn values_may_be_large_or_aligned_or_nothing() {
    let queue = Queue::new();
    queue.push([7_u8; 40_000]);
    assert_eq!(queue.pop().map(|value| value[39_999]), Some(7));

    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(4096))]
    struct Aligned(u8);
    let (queue, stack, map) = (Queue::new(), Stack::new(), Map::new());
    queue.push(Aligned(1));
    stack.push(Aligned(2));
    map.insert((), Aligned(3));
    assert_eq!(queue.pop(), Some(Aligned(1)));
    assert_eq!(stack.pop(), Some(Aligned(2)));
    assert_eq!(map.get(&()).as_deref(), Some(&Aligned(3)));

    let nothing = Map::from([((), ())]);
    assert!(nothing.insert((), ()).is_some() && nothing.remove(&()).is_some() && nothing.is_empty());
}

#[test]
fn a_capacity_that_no_memory_has_panics_as_std_s_does() {
    for capacity in [usize::MAX, usize::MAX / 4 * 3, usize::MAX / 2] {
        assert!(panic::catch_unwind(|| Map::<u32, u32>::with_capacity(capacity)).is_err());
    }
    assert!(Map::<u32, u32, _>::with_shards(0, RandomState::new()).is_empty());
}

/// The entry whose key panicked in `Eq` is dropped, and its drop uses the map.
#[test]
fn a_value_is_not_dropped_under_the_lock_when_its_key_panics() {
    static MAP: LazyLock<Map<Key, Value>> = LazyLock::new(Map::new);
    static PANICS: AtomicBool = AtomicBool::new(false);
    struct Key(u32);
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u8(1);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Key) -> bool {
            assert!(!PANICS.load(Ordering::Relaxed), "on purpose");
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    struct Value;
    impl Drop for Value {
        fn drop(&mut self) {
            PANICS.store(false, Ordering::Relaxed);
            drop(MAP.remove(&Key(7)));
        }
    }
    drop(MAP.insert(Key(1), Value));
    PANICS.store(true, Ordering::Relaxed);
    assert!(panic::catch_unwind(|| drop(MAP.insert(Key(2), Value))).is_err());
    assert_eq!(MAP.len(), 1);
}

/// What a look held up is not given back all at once by whoever comes first.
#[test]
fn a_pop_does_not_pay_for_what_a_look_held_up() {
    let (map, stack) = (Map::from([(1, 1)]), Stack::new());
    let look = map.get(&1).unwrap();
    for number in 0..300_000 {
        stack.push(number);
        stack.pop();
    }
    drop(look);
    // The collector's thread gives it back; nothing but patience is asked here.
    let start = Instant::now();
    for number in 0..50_000 {
        stack.push(number);
        assert_eq!(stack.pop(), Some(number));
    }
    assert!(start.elapsed().as_secs() < 20);
}

/// A drop that `gc::referents` would run while it looks would wait for the lock that it looks under.
#[test]
fn referents_drop_nothing_while_they_look() {
    use freehold::lockfree::AtomicGc;
    #[derive(Trace)]
    struct Holder {
        place: AtomicGc<Node>,
    }
    let holder = Gc::new(Holder {
        place: AtomicGc::new(Gc::new(Node { next: Mutex::new(None) })),
    });
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let changer = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                holder.place.store(Gc::new(Node { next: Mutex::new(None) }));
            }
        });
        for _ in 0..5_000 {
            assert!(gc::referents(&holder).len() <= 1);
        }
        stop.store(true, Ordering::Relaxed);
        changer.join().unwrap();
    });
    let last = holder.place.load().unwrap();
    until(|| Gc::strong_count(&last) == 2);
}

#[test]
fn iterators_go_to_other_threads_where_their_contents_do() {
    fn is_send<T: Send>(_: &T) {}
    let entries: MapIntoIter<u32, String> = Map::from([(1, "one".to_string())]).into_iter();
    is_send(&entries);
    assert!(panic::catch_unwind(AssertUnwindSafe(|| entries.count())).is_ok());
}
