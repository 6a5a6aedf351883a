//! `AtomicGc` alone and under stress: what was stored is loaded, everything is dropped once, and cycles through places are collected
//! while threads change them.

use freehold::lockfree::AtomicGc;
use freehold::{Gc, Trace, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Trace)]
struct Node {
    number: u64,
    check: u64,
    #[trace(skip)]
    _counted: Counted,
    link: AtomicGc<Node>,
}

impl Node {
    fn new(number: u64, drops: &Arc<AtomicUsize>) -> Gc<Node> {
        Gc::new(Node {
            number,
            check: !number,
            _counted: Counted(drops.clone()),
            link: AtomicGc::null(),
        })
    }
}

#[test]
fn places_do_as_options_do() {
    let place = AtomicGc::new(Gc::new(1));
    assert_eq!(place.load().as_deref(), Some(&1));
    assert_eq!(place.swap(Gc::new(2)).as_deref(), Some(&1));
    let two = place.load().unwrap();
    assert_eq!(Gc::strong_count(&two), 2);
    let error = place.compare_exchange(None, Gc::new(3)).unwrap_err();
    assert_eq!((error.current.as_deref(), error.new.as_deref()), (Some(&2), Some(&3)));
    assert_eq!(
        place.compare_exchange(Some(&two), Gc::new(3)).unwrap().as_deref(),
        Some(&2)
    );
    let old = place.fetch_update(|old| Some(old.map(|old| Gc::new(**old + 1))));
    assert_eq!(old.unwrap().as_deref(), Some(&3));
    assert_eq!(place.fetch_update(|_| None).unwrap_err().as_deref(), Some(&4));
    assert!(!place.is_null());
    place.store(None);
    assert!(place.is_null() && place.load().is_none() && place.into_inner().is_none());
    drop(two);
}

#[test]
fn a_place_drops_what_it_holds() {
    let drops = Arc::new(AtomicUsize::new(0));
    let place = AtomicGc::from(Node::new(1, &drops));
    place.store(Node::new(2, &drops));
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    drop(place);
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn cycles_through_places_are_collected() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (a, b) = (Node::new(1, &drops), Node::new(2, &drops));
    a.link.store(b.clone());
    b.link.store(a.clone());
    drop((a, b));
    gc::collect();
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn an_unsynchronised_counter_loses_nothing() {
    let counter = AtomicGc::new(Gc::new(0u64));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    let _ = counter.fetch_update(|old| Some(old.map(|old| Gc::new(**old + 1))));
                }
            });
        }
    });
    assert_eq!(*counter.load().unwrap(), 80_000);
}

/// Threads exchange nodes, and links between nodes, at random; the collector runs all the while. Slots are reused at once, also by
/// objects of another type.
#[test]
fn threads_exchange_nodes_while_the_collector_runs() {
    const THREADS: u64 = 3;
    const STEPS: u64 = if cfg!(any(asan, tsan)) { 10_000 } else { 200_000 };
    let drops = Arc::new(AtomicUsize::new(0));
    let made = AtomicUsize::new(0);
    let places: Vec<AtomicGc<Node>> = (0..8).map(|_| AtomicGc::null()).collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|worker| {
                let (places, drops, made) = (&places, &drops, &made);
                scope.spawn(move || {
                    let mut random = 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(worker + 1);
                    for step in 0..STEPS {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let place = &places[(random >> 8) as usize % places.len()];
                        let other = &places[(random >> 16) as usize % places.len()];
                        match random % 6 {
                            0 => {
                                made.fetch_add(1, Ordering::Relaxed);
                                place.store(Node::new(step, drops));
                            }
                            1 => drop(place.take()),
                            2 => {
                                // A link, and sooner or later a cycle.
                                if let (Some(from), Some(to)) = (place.load(), other.load()) {
                                    from.link.store(to);
                                }
                            }
                            3 => {
                                let current = place.load();
                                let new = other.load();
                                let _ = place.compare_exchange(current.as_ref(), new);
                            }
                            4 => {
                                // As large as a node, and no node.
                                drop(Gc::new([step; 5]));
                            }
                            _ => {
                                let mut at = place.load();
                                for _ in 0..4 {
                                    let Some(node) = at else { break };
                                    assert_eq!(node.check, !node.number, "not a node");
                                    at = node.link.load();
                                }
                            }
                        }
                    }
                })
            })
            .collect();
        let is_over = &is_over;
        let collector = scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                gc::collect();
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        collector.join().unwrap();
    });
    drop(places);
    gc::collect();
    gc::collect();
    assert_eq!(drops.load(Ordering::Relaxed), made.load(Ordering::Relaxed));
}
