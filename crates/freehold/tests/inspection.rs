//! `gc`'s questions and debugging aids: objects, who holds whom, what collections report and save.

use freehold::gc::{self, Debug, Event, Generation, Object};
use freehold::sync::Mutex;
use freehold::{Gc, Trace};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

#[derive(Trace)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
    #[trace(skip)]
    hidden: parking_lot::Mutex<Option<Gc<Node>>>,
}

fn node() -> Gc<Node> {
    Gc::new(Node {
        links: Mutex::default(),
        hidden: parking_lot::Mutex::new(None),
    })
}

fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let guard = ALONE.lock();
    gc::disable();
    gc::collect();
    guard
}

fn ids(objects: &[Object]) -> HashSet<usize> {
    objects.iter().map(Object::id).collect()
}

#[test]
fn objects_are_all_tracked_objects() {
    let _alone = alone();
    let (a, b, leaf) = (node(), node(), Gc::new(5u8));
    let objects = gc::objects();
    assert_eq!(ids(&objects), HashSet::from([Gc::id(&a), Gc::id(&b)]));
    assert!(!gc::is_tracked(&leaf) && gc::is_tracked(&a));
    assert_eq!(Gc::strong_count(&a), 2);
    assert!(objects[0].clone().downcast::<u8>().is_err());
    assert!(objects.into_iter().all(|object| object.downcast::<Node>().is_ok()));
    assert_eq!(Gc::strong_count(&a), 1);
}

#[test]
fn referents_and_referrers_are_each_others_converse() {
    let _alone = alone();
    let (root, left, right) = (node(), node(), node());
    root.links.lock().extend([left.clone(), right.clone(), left.clone()]);
    right.links.lock().push(left.clone());
    *left.hidden.lock() = Some(root.clone());
    let held: Vec<usize> = gc::referents(&root).iter().map(Object::id).collect();
    assert_eq!(held, [&left, &right, &left].map(Gc::id));
    assert_eq!(
        ids(&gc::referrers(&left)),
        HashSet::from([Gc::id(&root), Gc::id(&right)])
    );
    assert!(gc::referrers(&root).is_empty(), "a skipped field does not show");
    assert!(gc::referents(&left).is_empty());
    assert_eq!(Gc::strong_count(&left), 4, "every handle taken is given back");
    let guard = root.links.lock();
    assert!(gc::referents(&root).is_empty(), "behind a lock that is held");
    drop(guard);
    *left.hidden.lock() = None;
}

#[test]
fn a_handle_that_was_asked_for_can_be_the_last() {
    let _alone = alone();
    let (root, leaf) = (node(), node());
    root.links.lock().push(leaf);
    let held = gc::referents(&root);
    root.links.lock().clear();
    let leaf = held.into_iter().next().unwrap().downcast::<Node>().unwrap();
    assert_eq!(Gc::strong_count(&leaf), 1);
    let weak = Gc::downgrade(&leaf);
    drop(Object::from(leaf));
    assert!(weak.upgrade().is_none());
}

#[test]
fn what_is_asked_while_threads_change_it_is_intact() {
    let _alone = alone();
    let stop = Arc::new(AtomicBool::new(false));
    let shared: Vec<_> = (0..8).map(|_| node()).collect();
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            let (stop, shared) = (stop.clone(), shared.clone());
            thread::spawn(move || {
                let mut turn = thread;
                while !stop.load(SeqCst) {
                    turn = (turn * 5 + 3) % 8;
                    let fresh = node();
                    fresh.links.lock().push(fresh.clone());
                    shared[turn].links.lock().push(fresh);
                    let other = shared[(turn + 1) % 8].links.lock().pop();
                    drop(other.and_then(|other| other.links.lock().pop()));
                }
            })
        })
        .collect();
    for round in 0..300 {
        for object in gc::objects() {
            assert_eq!(object.type_name(), std::any::type_name::<Node>());
            assert!(object.strong_count() > 0);
        }
        let held = gc::referents(&shared[round % 8]);
        for object in &held {
            assert!(object.size() > 16);
        }
        drop(gc::referrers(&shared[round % 8]));
        gc::collect_generation(Generation::ALL[round % 3]);
    }
    stop.store(true, SeqCst);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    shared.iter().for_each(|node| node.links.lock().clear());
    drop(shared);
    gc::collect();
    assert!(gc::objects().is_empty());
}

#[test]
fn leaks_are_reported_and_garbage_saved() {
    let _alone = alone();
    let lines: Arc<parking_lot::Mutex<Vec<String>>> = Arc::default();
    let sink = lines.clone();
    gc::on_debug(move |report| sink.lock().push(report.to_string()));
    gc::set_debug(Debug::LEAK | Debug::STATS);
    // A cycle that is garbage, and one that only a skipped field closes.
    let garbage = node();
    garbage.links.lock().push(garbage.clone());
    let (hidden, held) = (node(), node());
    held.links.lock().push(hidden.clone());
    *hidden.hidden.lock() = Some(held.clone());
    let weak = [Gc::downgrade(&garbage), Gc::downgrade(&hidden)];
    let (garbage_id, held_id) = (Gc::id(&garbage), Gc::id(&held));
    drop((garbage, hidden, held));
    let collection = gc::collect();
    gc::set_debug(Debug::NONE);
    assert_eq!((collection.collected, collection.uncollectable), (1, 1));
    let said = std::mem::take(&mut *lines.lock());
    let says = |what: String| said.iter().any(|line| line.contains(&what));
    assert!(
        says(format!("gc: collectable <inspection::Node {garbage_id:#x}>")),
        "{said:?}"
    );
    let uncollectable = format!("gc: uncollectable <inspection::Node {held_id:#x}>: 1 of 1 handles are outside");
    assert!(says(uncollectable), "{said:?}");
    assert!(
        says("gc: Old: 3 looked at, 1 collected, 1 held from outside".into()),
        "{said:?}"
    );
    let [saved] = <[Object; 1]>::try_from(gc::garbage()).unwrap();
    assert_eq!(saved.id(), garbage_id);
    assert!(
        weak[0].upgrade().is_none(),
        "weak handles to garbage are dead, saved or not"
    );
    gc::clear_garbage();
    let saved = saved.downcast::<Node>().unwrap();
    let again = Gc::downgrade(&saved);
    drop(saved);
    assert_eq!(again.strong_count(), 1);
    assert_eq!(gc::collect().collected, 1);
    // The leak's cause is repaired.
    let hidden = weak[1].upgrade().unwrap();
    let held = hidden.hidden.lock().take();
    drop((hidden, held));
    assert!(gc::objects().is_empty());
    gc::on_debug(|_| ());
}

#[test]
fn flags_have_names() {
    assert_eq!(format!("{:?}", Debug::LEAK), "COLLECTABLE | UNCOLLECTABLE | SAVEALL");
    assert_eq!(format!("{:?}", Debug::NONE), "NONE");
    assert!(Debug::LEAK.contains(Debug::SAVEALL) && !Debug::LEAK.contains(Debug::STATS));
    let mut flags = Debug::default();
    flags |= Debug::STATS;
    assert_eq!(flags, Debug::STATS);
}

#[test]
fn callbacks_are_told_of_the_beginning_and_the_end() {
    let _alone = alone();
    let told: Arc<parking_lot::Mutex<Vec<Event>>> = Arc::default();
    let (list, runs) = (told.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = runs.clone();
    let id = gc::on_collection(move |event| {
        list.lock().push(event);
        // Neither comes back to itself.
        gc::collect();
        counted.fetch_add(1, SeqCst);
        panic!("a callback panics");
    });
    let garbage = node();
    garbage.links.lock().push(garbage.clone());
    drop(garbage);
    let panics = gc::stats().panics;
    let collection = gc::collect_generation(Generation::Young);
    assert_eq!(collection.collected, 1);
    gc::remove_callback(id);
    gc::collect();
    assert_eq!(runs.load(SeqCst), 2);
    assert_eq!(gc::stats().panics, panics + 2);
    assert_eq!(*told.lock(), [Event::Start(Generation::Young), Event::Stop(collection)]);
}
