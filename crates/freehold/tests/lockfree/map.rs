//! `Map` on one thread, against std's, and on several.

use super::counted::Drops;
use super::patience::{join, until};
use freehold::lockfree::Map;
use freehold::{Gc, Trace, gc};
use proptest::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::thread;

/// Hashes everything to one of four numbers, so that searches are long.
#[derive(Clone, Copy, Default)]
struct Poor;

impl BuildHasher for Poor {
    type Hasher = PoorHasher;

    fn build_hasher(&self) -> PoorHasher {
        PoorHasher::default()
    }
}

#[derive(Default)]
struct PoorHasher(u64);

impl Hasher for PoorHasher {
    fn finish(&self) -> u64 {
        self.0 & 3
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|&byte| self.0 = self.0.wrapping_mul(31) + u64::from(byte));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, u32),
    Remove(u8),
    Get(u8),
    Update(u8, Option<u32>),
    GetOrInsert(u8, u32),
    Retain(u8),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<u8>(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        6 => any::<u8>().prop_map(Step::Remove),
        4 => any::<u8>().prop_map(Step::Get),
        4 => (any::<u8>(), any::<Option<u32>>()).prop_map(|(key, value)| Step::Update(key, value)),
        2 => (any::<u8>(), any::<u32>()).prop_map(|(key, value)| Step::GetOrInsert(key, value)),
        1 => (1..8_u8).prop_map(Step::Retain),
        1 => Just(Step::Clear),
    ]
}

/// Does the same to both maps, and compares them.
fn agree<S: BuildHasher>(map: &Map<u8, u32, S>, steps: &[Step]) {
    let mut model = HashMap::new();
    for step in steps {
        match *step {
            Step::Insert(key, value) => assert_eq!(map.insert(key, value).map(|old| *old), model.insert(key, value)),
            Step::Remove(key) => assert_eq!(map.remove(&key).map(|old| *old), model.remove(&key)),
            Step::Get(key) => assert_eq!(map.get(&key).as_deref(), model.get(&key)),
            Step::Update(key, value) => {
                let new = map.update(key, |old| {
                    assert_eq!(old, model.get(&key));
                    value
                });
                assert_eq!(new.map(|new| *new), value);
                match value {
                    Some(value) => _ = model.insert(key, value),
                    None => _ = model.remove(&key),
                }
            }
            Step::GetOrInsert(key, value) => {
                assert_eq!(
                    *map.get_or_insert_with(key, || value),
                    *model.entry(key).or_insert(value)
                );
            }
            Step::Retain(divisor) => {
                map.retain(|key, _| key % divisor == 0);
                model.retain(|key, _| key % divisor == 0);
            }
            Step::Clear => {
                map.clear();
                model.clear();
            }
        }
        assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
    }
    let seen: HashMap<u8, u32> = map.iter().map(|entry| (*entry.key(), *entry)).collect();
    assert_eq!(seen, model);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_map_does_as_std_s_does(steps in proptest::collection::vec(step(), 0..400)) {
        agree(&Map::new(), &steps);
        agree(&Map::with_hasher(Poor), &steps);
        agree(&Map::with_capacity(300), &steps);
    }
}

#[test]
fn strings_are_found_by_text() {
    let map = Map::new();
    assert!(map.insert("one".to_string(), 1).is_none());
    assert_eq!(map.get("one").map(|value| *value), Some(1));
    assert!(map.contains_key("one") && !map.contains_key("two"));
    assert_eq!(format!("{map:?}"), r#"{"one": 1}"#);
    let entry = map.remove("one").unwrap();
    assert_eq!(
        (entry.pair(), format!("{entry}")),
        ((&"one".to_string(), &1), "1".to_string())
    );
    assert!(map.is_empty());
}

#[test]
fn a_value_stays_as_long_as_it_is_looked_at() {
    let drops = Drops::default();
    let map = Map::new();
    map.insert(1, drops.value());
    let looked_at = map.get(&1).unwrap();
    drop(map.insert(1, drops.value()));
    drop(map.remove(&1));
    gc::collect();
    assert_eq!(drops.count(), 0, "nothing is dropped while anything is looked at");
    drop(looked_at);
    drops.expect(2);
}

#[test]
fn what_is_left_is_dropped_with_the_map() {
    let drops = Drops::default();
    let map: Map<_, _> = (0..1_000).map(|key| (key, drops.value())).collect();
    let mut entries = map.into_iter();
    drop(entries.by_ref().take(10));
    assert!(entries.next().is_some());
    drop(entries);
    assert_eq!(drops.count(), 1_000);
}

#[test]
fn a_key_that_panics_leaves_the_map_usable() {
    #[derive(Clone, Copy)]
    struct Key {
        number: u8,
        panics: bool,
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Key) -> bool {
            assert!(!self.panics && !other.panics, "on purpose");
            self.number == other.number
        }
    }
    impl Eq for Key {}
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u8(self.number);
        }
    }
    let key = |number, panics| Key { number, panics };
    let drops = Drops::default();
    let map: Map<Key, _, BuildHasherDefault<PoorHasher>> = Map::default();
    map.insert(key(1, false), drops.value());
    for attempt in [
        &|| drop(map.insert(key(1, true), drops.value())) as (),
        &|| drop(map.remove(&key(1, true))),
        &|| drop(map.get_or_insert_with(key(1, true), || drops.value())),
        &|| drop(map.update(key(1, true), |_| Some(drops.value()))),
    ] as [&dyn Fn(); 4]
    {
        assert!(panic::catch_unwind(AssertUnwindSafe(attempt)).is_err());
    }
    assert!(map.insert(key(2, false), drops.value()).is_none());
    assert_eq!(map.len(), 2);
    drop(map);
    // Two in the map, and the one whose key panicked when it was inserted.
    drops.expect(3);
}

#[test]
fn counts_of_several_threads_add_up() {
    let map = Map::new();
    thread::scope(|scope| {
        let add = || {
            for number in 0..20_000_u32 {
                map.update(number % 64, |count| Some(count.map_or(1, |count| count + 1)));
            }
        };
        join([0; 4].map(|_| scope.spawn(add)));
    });
    assert_eq!(map.iter().map(|count| *count).sum::<u32>(), 80_000);
}

#[test]
fn readers_see_pairs_that_belong_together() {
    let map: Map<u32, (u32, u32)> = Map::new();
    thread::scope(|scope| {
        let writers = [0, 1].map(|writer: u32| {
            let map = &map;
            scope.spawn(move || {
                for number in 0..30_000_u32 {
                    let key = number.wrapping_mul(2_654_435_761) % 500;
                    match (number + writer) % 3 {
                        0 => drop(map.remove(&key)),
                        _ => drop(map.insert(key, (key, !key))),
                    }
                }
            })
        });
        let reader = scope.spawn(|| {
            for round in 0..30_000 {
                let key = round % 500;
                if let Some(pair) = map.get(&key) {
                    assert_eq!(*pair, (key, !key));
                }
                if round % 3_000 == 0 {
                    assert!(map.iter().all(|entry| *entry == (*entry.key(), !entry.key())));
                }
            }
        });
        join(writers.into_iter().chain([reader]));
    });
}

#[derive(Trace)]
struct Node {
    links: Map<u32, Gc<Node>>,
}

#[test]
fn a_cycle_through_a_map_is_collected() {
    let node = Gc::new(Node { links: Map::new() });
    for key in 0..100 {
        node.links.insert(key, node.clone());
    }
    // What was replaced is held from outside until it is dropped; the collection sees to that.
    node.links.insert(5, node.clone());
    let weak = Gc::downgrade(&node);
    gc::collect();
    assert!(weak.upgrade().is_some(), "held");
    assert_eq!(gc::referents(&node).len(), 100);
    drop(node);
    until(|| weak.upgrade().is_none());
}
