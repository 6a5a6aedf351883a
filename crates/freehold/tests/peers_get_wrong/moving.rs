//! Graph tearing and moving references: the collector looks at objects one after another, and meanwhile handles move from
//! objects that it has not looked at to such as it has. No count changes, or each is right when it is looked at; taken
//! together, they lie.

use crate::node::{Alive, Node};
use crate::{Collectors, alone, time};
use freehold::{Gc, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

/// Runs the mutators with collectors that never rest; afterwards no node must be left.
fn against_collectors(alive: &Arc<Alive>, mutators: Vec<Box<dyn FnMut() + Send>>) {
    let collectors = Collectors::start(1);
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = mutators
        .into_iter()
        .map(|mut mutate| {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    mutate();
                }
            })
        })
        .collect();
    thread::sleep(time());
    stop.store(true, SeqCst);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(collectors);
    gc::collect();
    assert_eq!(alive.count(), 0);
}

/// The only handle to a node moves to and fro, without its count changing.
#[test]
fn the_only_handle_moves_between_two_cells_of_one_object() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let mutator = || -> Box<dyn FnMut() + Send> {
        let object = alive.node();
        *object.left.lock() = Some(alive.node());
        // Part of a cycle, so that it is a suspect whenever the handle on the stack is overlooked.
        let moved = object.left.lock().as_ref().unwrap().clone();
        *moved.right.lock() = Some(moved.clone());
        drop(moved);
        Box::new(move || {
            let handle = object.left.lock().take().expect("it was left here");
            handle.check();
            *object.right.lock() = Some(handle);
            let handle = object.right.lock().take().expect("it was left here");
            handle.check();
            *object.left.lock() = Some(handle);
        })
    };
    let mutators = vec![mutator(), mutator()];
    against_collectors(&alive, mutators);
}

/// As above, from one object to another, by two mutators that meet in the same cells: whoever finds it moves it on.
#[test]
fn the_only_handle_moves_among_many_objects_by_two_threads() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let places: Arc<[Gc<Node>]> = (0..8).map(|_| alive.node()).collect();
    let travellers = 3;
    for place in &places[..travellers] {
        let traveller = alive.node();
        *traveller.right.lock() = Some(traveller.clone());
        *place.left.lock() = Some(traveller);
    }
    let mutator = |step: usize| -> Box<dyn FnMut() + Send> {
        let places = places.clone();
        let mut at = 0;
        Box::new(move || {
            at = (at + step) % places.len();
            let Some(handle) = places[at].left.lock().take() else {
                return;
            };
            handle.check();
            // Somewhere free; the place where it was, at the latest.
            let mut handle = Some(handle);
            for next in 1..=places.len() {
                let mut cell = places[(at + next * step) % places.len()].left.lock();
                if cell.is_none() {
                    *cell = handle.take();
                    return;
                }
            }
            unreachable!("there are fewer travellers than places");
        })
    };
    let mutators = vec![mutator(1), mutator(3)];
    drop(places);
    against_collectors(&alive, mutators);
}

/// The only handle from outside walks around a ring: at the moment of each look the node at hand has no more handles than
/// those in the ring, unless the looks are put together with care.
#[test]
fn the_only_handle_from_outside_walks_around_a_ring() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let walker = |nodes: usize| -> Box<dyn FnMut() + Send> {
        let mut at = alive.ring(nodes).swap_remove(0);
        Box::new(move || at = at.follow())
    };
    let mutators = vec![walker(3), walker(200)];
    against_collectors(&alive, mutators);
}

/// Two walkers in one ring, of which one turns it over under the other's feet: it takes links out and puts them in
/// elsewhere, so that nodes join and leave the ring.
#[test]
fn a_ring_is_rebuilt_while_another_thread_walks_around_it() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let mut ring = alive.ring(50);
    let (mut walker, mut builder) = (ring.swap_remove(0), ring.swap_remove(20));
    drop(ring);
    let made = alive.clone();
    let mutators: Vec<Box<dyn FnMut() + Send>> = vec![
        Box::new(move || walker = walker.follow()),
        Box::new(move || {
            // builder → a → b becomes builder → b, and a new node comes behind b; a is left to its fate with its link.
            let a = builder.follow();
            let b = a.follow();
            *builder.right.lock() = Some(b.clone());
            *a.left.lock() = Some(a.clone());
            drop(a);
            let new = made.node();
            let mut cell = b.right.lock();
            *new.right.lock() = cell.replace(new.clone());
            drop(cell);
            builder = b;
        }),
    ];
    against_collectors(&alive, mutators);
}

/// A node's last handle outside is made into the weak handle's, and back: whoever looks at the count between sees a cycle
/// that nobody holds.
#[test]
fn a_weak_handle_is_all_that_there_is_now_and_then() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let mutator = || -> Box<dyn FnMut() + Send> {
        let made = alive.clone();
        let mut ring = made.ring(3);
        Box::new(move || {
            let weak: Vec<_> = ring.iter().map(Gc::downgrade).collect();
            ring.clear();
            ring.extend(weak.iter().filter_map(|weak| weak.upgrade()));
            ring.iter().for_each(|node| node.check());
            // All of it, or nothing: what reaches a living node of a ring is alive.
            match ring.len() {
                0 => ring = made.ring(3),
                held => {
                    let alive = weak.iter().filter(|weak| weak.upgrade().is_some()).count();
                    assert_eq!(alive, 3, "{held} of a ring's three nodes were upgraded");
                }
            }
        })
    };
    let mutators = vec![mutator(), mutator()];
    against_collectors(&alive, mutators);
}

/// One handle is seen in two places, since it moves from the first to the second between the two looks; so the object seems
/// to have all of its handles inside the heap, while the other one is on a stack. No count changes, only cells do.
#[test]
fn a_handle_is_seen_in_two_places() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let object = alive.node();
    let (near, between, far) = (alive.node(), alive.ring(5000), alive.node());
    *near.left.lock() = Some(object.clone());
    *object.left.lock() = Some(near);
    *object.right.lock() = Some(far);
    let mutator = move || {
        for (from, to) in [(&object.left, &object.right), (&object.right, &object.left)] {
            let moved = from.lock().as_ref().and_then(|place| place.left.lock().take());
            // Nothing is cloned on the way: the object has the same two handles all the time.
            *to.lock().as_ref().expect("a place").left.lock() = moved;
            object.check();
        }
    };
    against_collectors(&alive, vec![Box::new(mutator), Box::new(move || between[0].check())]);
}

/// In a heap so large that several threads look at it, each at other objects: the looks are put together, too.
#[test]
fn handles_move_about_a_heap_that_several_threads_look_at() {
    const NODES: usize = 300_000;
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    let ring = alive.ring(NODES);
    let walker = |start: usize| -> Box<dyn FnMut() + Send> {
        let mut at = ring[start].clone();
        Box::new(move || at = at.follow())
    };
    // The only handle to a node of its own goes from one end of the heap to the other and back.
    let (first, last) = (ring[0].clone(), ring[NODES - 1].clone());
    let traveller = alive.node();
    *traveller.right.lock() = Some(traveller.clone());
    *first.left.lock() = Some(traveller);
    let mut mutators = vec![walker(0), walker(NODES / 2)];
    mutators.push(Box::new(move || {
        for (from, to) in [(&first, &last), (&last, &first)] {
            let handle = from.left.lock().take().expect("it was left here");
            handle.check();
            *to.left.lock() = Some(handle);
        }
    }));
    drop(ring);
    against_collectors(&alive, mutators);
}
