//! Foreign locks beside and within what the collector knows.

use crate::alone;
use freehold::lockfree::{AtomicGc, Map, Queue, Stack};
use freehold::{Gc, Trace, gc, sync};
use std::sync::{Mutex, RwLock};

/// Builds an object that holds itself in some way, and expects it to be collected.
fn collected<T: Trace + Send + Sync + 'static>(object: T, hold: impl FnOnce(&Gc<T>)) {
    let object = Gc::new(object);
    let weak = Gc::downgrade(&object);
    hold(&object);
    assert!(Gc::strong_count(&object) > 1);
    drop(object);
    assert!(weak.upgrade().is_some(), "held by itself");
    assert_eq!(gc::collect().collected, 1, "{}", std::any::type_name::<T>());
}

#[test]
fn beside_cells() {
    #[derive(Trace)]
    struct Node {
        cell: sync::Mutex<Option<Gc<Node>>>,
        mutex: Mutex<Option<Gc<Node>>>,
        once: sync::OnceLock<Gc<Node>>,
        rw_lock: RwLock<Option<Gc<Node>>>,
        place: AtomicGc<Node>,
    }
    let _alone = alone();
    for held in 1..32 {
        let node = Node {
            cell: sync::Mutex::new(None),
            mutex: Mutex::new(None),
            once: sync::OnceLock::new(),
            rw_lock: RwLock::new(None),
            place: AtomicGc::null(),
        };
        collected(node, |node| {
            let links = std::array::from_fn::<_, 5, _>(|bit| (held & (1 << bit) != 0).then(|| node.clone()));
            let [cell, mutex, once, rw_lock, place] = links;
            *node.cell.lock() = cell;
            *node.mutex.lock().unwrap() = mutex;
            once.into_iter().for_each(|link| assert!(node.once.set(link).is_ok()));
            *node.rw_lock.write().unwrap() = rw_lock;
            place.into_iter().for_each(|link| node.place.store(link));
        });
    }
}

#[test]
fn what_the_collector_knows_within() {
    #[derive(Trace)]
    struct Inner {
        cell: sync::RwLock<Option<Gc<Outer>>>,
        place: AtomicGc<Outer>,
        once: sync::OnceLock<Gc<Outer>>,
    }
    #[derive(Trace)]
    struct Outer {
        rw_lock: RwLock<Vec<Inner>>,
    }
    let _alone = alone();
    for number in 1..4 {
        let rw_lock = RwLock::default();
        collected(Outer { rw_lock }, |outer| {
            for _ in 0..number {
                let inner = Inner {
                    cell: sync::RwLock::new(Some(outer.clone())),
                    place: AtomicGc::new(outer.clone()),
                    once: sync::OnceLock::new(),
                };
                assert!(inner.once.set(outer.clone()).is_ok());
                outer.rw_lock.write().unwrap().push(inner);
            }
        });
    }
}

#[test]
fn within_cells_and_containers() {
    type Link = RwLock<Option<Gc<Node>>>;
    #[derive(Trace)]
    struct Node {
        cell: sync::RwLock<Vec<Mutex<Option<Box<Link>>>>>,
    }
    let _alone = alone();
    let cell = sync::RwLock::default();
    collected(Node { cell }, |node| {
        let links = (0..100).map(|_| Mutex::new(Some(Box::new(RwLock::new(Some(node.clone()))))));
        *node.cell.write() = links.collect();
    });
}

#[test]
fn within_structures_without_locks() {
    type Link = Mutex<Option<Gc<Node>>>;
    #[derive(Trace)]
    struct Node {
        stack: Stack<Link>,
        queue: Queue<Link>,
        map: Map<usize, Link>,
        around: Mutex<Stack<Gc<Node>>>,
    }
    let _alone = alone();
    for held in 1..16 {
        let node = Node {
            stack: Stack::new(),
            queue: Queue::new(),
            map: Map::new(),
            around: Mutex::default(),
        };
        collected(node, |node| {
            let link = || Mutex::new(Some(node.clone()));
            for number in (0..40).filter(|_| held & 1 != 0) {
                node.map.insert(number, link());
            }
            (0..40).filter(|_| held & 2 != 0).for_each(|_| node.stack.push(link()));
            (0..40).filter(|_| held & 4 != 0).for_each(|_| node.queue.push(link()));
            (0..40)
                .filter(|_| held & 8 != 0)
                .for_each(|_| node.around.lock().unwrap().push(node.clone()));
        });
    }
}

#[test]
fn many_locks_in_one_object() {
    #[derive(Trace)]
    struct Many {
        links: sync::OnceLock<Vec<Mutex<Gc<Many>>>>,
    }
    let _alone = alone();
    let links = sync::OnceLock::new();
    collected(Many { links }, |many| {
        let links = (0..10_000).map(|_| Mutex::new(many.clone())).collect();
        assert!(many.links.set(links).is_ok());
    });
}
