//! Models of the map, and of the limbo that its entries and tables wait in.
//!
//! Checked in each: nothing is used after its end (loom watches its life), and nothing is lost. docs/collector.md lists the mutants that
//! each kills.
#![cfg(loom)]

mod loom_gate;
mod loom_run;
mod loom_watched;

use freehold::lockfree::Map;
use freehold::model;
use loom::sync::Arc;
use loom::thread;
use loom_gate::{Gate, Written};
use loom_run::model;
use loom_watched::Watched;
use std::hash::{BuildHasherDefault, Hasher};

/// All keys in one run of slots.
#[derive(Default)]
struct Same;

impl Hasher for Same {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, _: &[u8]) {}
}

type OneRun<V> = Map<u8, V, BuildHasherDefault<Same>>;

#[test]
fn a_value_is_looked_at_while_it_is_removed() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Watched::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                // The thread's record is there before.
                assert!(map.get(&2).is_none());
                gate.pass();
                map.get(&1).map(|watched| watched.check());
                gate.pass();
            })
        };
        gate.pass();
        drop(map.remove(&1));
        model::flush();
        gate.pass();
        other.join().unwrap();
        assert!(map.get(&1).is_none());
    });
}

/// The remover is alone with its record, or the other takes one in time to be seen.
#[test]
fn a_thread_looks_for_the_first_time_while_a_value_is_removed() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Watched::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                map.get(&1).map(|watched| watched.check());
                gate.pass();
            })
        };
        gate.pass();
        drop(map.remove(&1));
        model::flush();
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn a_value_is_found_while_the_table_is_replaced() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, 1);
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                let value = map.get(&1).map(|value| *value);
                gate.pass();
                value
            })
        };
        gate.pass();
        map.insert(2, 2);
        gate.pass();
        assert_eq!(other.join().unwrap(), Some(1));
    });
}

#[test]
fn two_threads_make_one_value() {
    model(|| {
        let map = Arc::new(OneRun::default());
        let other = {
            let map = map.clone();
            thread::spawn(move || *map.get_or_insert_with(1, || 1))
        };
        let mine = *map.get_or_insert_with(1, || 2);
        assert_eq!(other.join().unwrap(), mine);
    });
}

#[test]
fn what_was_done_before_an_insertion_is_seen_after_the_look_up() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Written::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                map.insert(1, Written::new());
                map.insert(2, Written::new());
                gate.pass();
            })
        };
        gate.pass();
        map.get(&1).unwrap().check();
        if let Some(written) = map.get(&2) {
            written.check();
        }
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn an_update_replaces_what_it_has_seen() {
    model(|| {
        let map = Arc::new(OneRun::default());
        map.insert(1, 0);
        let add = |count: Option<&u32>| Some(count.map_or(1, |count| count + 1));
        let other = {
            let map = map.clone();
            thread::spawn(move || map.update(1, add).map(|count| *count))
        };
        map.update(1, add);
        other.join().unwrap();
        assert_eq!(map.get(&1).map(|count| *count), Some(2));
    });
}
