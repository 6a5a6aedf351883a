//! Generations: promotion, collections of the young that do not look at the old, and setting objects aside.

use freehold::gc::{self, Generation, Object, Threshold};
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Trace)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
}

fn node() -> Gc<Node> {
    Gc::new(Node {
        links: Mutex::default(),
    })
}

/// An object that points at itself.
fn cycle() -> Gc<Node> {
    let node = node();
    node.links.lock().push(node.clone());
    node
}

fn generation(of: &Gc<Node>) -> Option<Generation> {
    Object::from(of.clone()).generation()
}

fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let guard = ALONE.lock();
    gc::disable();
    gc::unfreeze();
    gc::collect();
    guard
}

#[test]
fn survivors_are_promoted() {
    let _alone = alone();
    let node = node();
    let mut seen = vec![generation(&node)];
    for collect in [
        Generation::Young,
        Generation::Young,
        Generation::Middle,
        Generation::Old,
    ] {
        gc::collect_generation(collect);
        seen.push(generation(&node));
    }
    use Generation::{Middle, Old, Young};
    assert_eq!(seen, [Young, Middle, Middle, Old, Old].map(Some));
}

#[test]
fn each_generation_is_collected_with_the_younger_and_not_with_the_older() {
    let _alone = alone();
    for (age, collect) in [(0, Generation::Young), (1, Generation::Middle), (2, Generation::Old)] {
        let garbage = cycle();
        [Generation::Young, Generation::Middle][..age]
            .iter()
            .for_each(|&young| {
                gc::collect_generation(young);
            });
        let weak = Gc::downgrade(&garbage);
        drop(garbage);
        for younger in &Generation::ALL[..age] {
            gc::collect_generation(*younger);
            assert_eq!(weak.strong_count(), 1, "{age} by {younger:?}");
        }
        gc::collect_generation(collect);
        assert_eq!(weak.strong_count(), 0, "{age} by {collect:?}");
    }
}

#[test]
fn a_collection_of_the_young_looks_at_the_young_alone() {
    let _alone = alone();
    let old: Vec<_> = (0..200_000).map(|_| cycle()).collect();
    assert!(gc::collect().candidates >= old.len());
    // Holes in the old pages, so that young objects come to lie among old ones.
    let (kept, gone): (Vec<_>, Vec<_>) = old.into_iter().enumerate().partition(|(index, _)| index % 100 != 0);
    gone.into_iter().for_each(|(_, node)| node.links.lock().clear());
    let young: Vec<_> = (0..5000).map(|_| cycle()).collect();
    let collection = gc::collect_generation(Generation::Young);
    assert_eq!((collection.candidates, collection.collected), (young.len(), 0));
    assert_eq!(gc::collect_generation(Generation::Young).candidates, 0);
    assert_eq!(gc::collect_generation(Generation::Middle).candidates, young.len());
    young
        .iter()
        .chain(kept.iter().map(|(_, node)| node))
        .for_each(|node| node.links.lock().clear());
}

#[test]
fn old_objects_keep_young_ones_and_young_ones_old() {
    let _alone = alone();
    let old = node();
    gc::collect();
    old.links.lock().push(cycle());
    assert_eq!(gc::collect_generation(Generation::Young).collected, 0);
    let young = cycle();
    young.links.lock().push(old.clone());
    let weak = Gc::downgrade(&old);
    drop((old, young));
    assert_eq!(gc::collect_generation(Generation::Young).collected, 1);
    assert_eq!(weak.strong_count(), 0, "by counting");
    assert_eq!(gc::collect().collected, 1, "what the old one held");
}

#[test]
fn every_way_to_make_an_object_makes_a_young_one() {
    let _alone = alone();
    struct Dropped(std::sync::Arc<std::sync::atomic::AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    #[derive(Trace)]
    struct Big {
        me: Mutex<Option<Gc<Big>>>,
        weak: Weak<Big>,
        _room: [u64; 4000],
        #[trace(skip)]
        _dropped: Dropped,
    }
    #[derive(Trace)]
    struct Piece {
        all: Mutex<Option<Gc<[Piece]>>>,
        #[trace(skip)]
        _dropped: Dropped,
    }
    let dropped = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let big = |weak: &Weak<Big>| {
        // Leaves the page that the slot was taken from, if it is one of slots.
        let _others: Vec<_> = (0..5000).map(|_| node()).collect();
        Big {
            me: Mutex::new(None),
            weak: weak.clone(),
            _room: [0; 4000],
            _dropped: Dropped(dropped.clone()),
        }
    };
    let objects = [Gc::new(big(&Weak::new())), Gc::new_cyclic(big)];
    assert!(objects[1].weak.upgrade().is_some());
    objects
        .iter()
        .for_each(|object| *object.me.lock() = Some(object.clone()));
    for length in [3usize, 3000] {
        let pieces: Vec<_> = (0..length)
            .map(|_| Piece {
                all: Mutex::new(None),
                _dropped: Dropped(dropped.clone()),
            })
            .collect();
        let slice = Gc::<[Piece]>::from(pieces);
        *slice[0].all.lock() = Some(slice.clone());
    }
    drop(objects);
    // From a thread that ended, too.
    thread::spawn(|| drop((0..3000).map(|_| cycle()).collect::<Vec<_>>()))
        .join()
        .unwrap();
    assert_eq!(gc::collect_generation(Generation::Young).collected, 2 + 2 + 3000);
    assert_eq!(dropped.load(std::sync::atomic::Ordering::SeqCst), 2 + 3 + 3000);
}

#[test]
fn what_is_frozen_is_left_alone() {
    let _alone = alone();
    let kept = cycle();
    let garbage = Gc::downgrade(&cycle());
    gc::freeze();
    assert_eq!(gc::frozen_count(), 2);
    assert_eq!(generation(&kept), None);
    let young = Gc::downgrade(&cycle());
    let collection = gc::collect();
    assert_eq!((collection.candidates, collection.collected), (1, 1));
    assert_eq!((garbage.strong_count(), young.strong_count()), (1, 0));
    gc::unfreeze();
    assert_eq!((gc::frozen_count(), generation(&kept)), (0, Some(Generation::Old)));
    assert_eq!(gc::collect().collected, 1);
    assert_eq!(garbage.strong_count(), 0);
    kept.links.lock().clear();
}

#[test]
fn counts_and_thresholds_and_stats_are_by_generation() {
    let _alone = alone();
    let before = gc::stats();
    gc::collect_generation(Generation::Young);
    gc::collect_generation(Generation::Young);
    assert_eq!((gc::count().middle, gc::count().old), (2, 0));
    drop(cycle());
    gc::collect_generation(Generation::Middle);
    assert_eq!((gc::count().middle, gc::count().old), (0, 1));
    gc::collect();
    assert_eq!((gc::count().middle, gc::count().old), (0, 0));
    let after = gc::stats();
    let of = |index: usize| after.generations[index].collections - before.generations[index].collections;
    assert_eq!([of(0), of(1), of(2)], [2, 1, 1]);
    assert_eq!(after.generations[1].collected - before.generations[1].collected, 1);
    assert_eq!(after.collections - before.collections, 4);
    let default = gc::threshold();
    assert_eq!(default, Threshold::default());
    gc::set_threshold(Threshold { young: 700, ..default });
    assert_eq!(gc::threshold().young, 700);
    gc::set_threshold(default);
}

#[test]
fn collections_inside_an_allocation_are_pauses() {
    let _alone = alone();
    let default = gc::threshold();
    gc::set_mode(gc::Mode::Inline);
    gc::set_threshold(Threshold { young: 1000, ..default });
    gc::enable();
    let before = gc::stats();
    (0..50_000).for_each(|_| drop(cycle()));
    gc::disable();
    gc::set_mode(gc::Mode::Background);
    gc::set_threshold(default);
    let after = gc::stats();
    let collections = after.collections - before.collections;
    assert!(collections > 10, "{collections} collections");
    assert!(after.pauses.count() - before.pauses.count() >= collections);
    assert!(after.pauses.longest() >= after.pauses.quantile(0.5) && after.pauses.quantile(0.5) > Duration::ZERO);
    let young = after.generations[0].collections - before.generations[0].collections;
    assert!(young > collections / 2, "{young} of {collections} are of the young");
}

#[test]
fn a_low_threshold_collects_soon_and_none_never() {
    let _alone = alone();
    let default = gc::threshold();
    let collections = || gc::stats().collections;
    gc::enable();
    gc::set_threshold(Threshold { young: 0, ..default });
    let before = collections();
    (0..200_000).for_each(|_| drop(cycle()));
    assert_eq!(collections(), before);
    gc::set_threshold(Threshold { young: 2000, ..default });
    let begin = Instant::now();
    while collections() < before + 3 {
        (0..10_000).for_each(|_| drop(cycle()));
        assert!(begin.elapsed() < Duration::from_secs(60), "no collection came");
    }
    gc::set_threshold(default);
    gc::disable();
    gc::collect();
}
