//! What is collected, and what is kept.

use crate::kinds::Kind;
use crate::{Node, alone, dropped, for_each_kind, ring};
use freehold::gc::Generation;
use freehold::{Gc, Trace, gc};
use std::sync::Arc;

#[test]
fn cycles_through_each_lock_are_collected() {
    fn test<K: Kind>() {
        let drops = Arc::default();
        drop(ring::<K>(100, &drops));
        assert_eq!(dropped(&drops), 0, "held by itself");
        let collection = gc::collect();
        assert_eq!((collection.collected, collection.revived), (100, 0));
        assert_eq!(dropped(&drops), 100);
    }
    let _alone = alone();
    for_each_kind!(test);
}

#[test]
fn the_young_are_collected_as_well() {
    fn test<K: Kind>() {
        let drops = Arc::default();
        drop(ring::<K>(3, &drops));
        assert_eq!(gc::collect_generation(Generation::Young).collected, 3);
        assert_eq!(dropped(&drops), 3);
    }
    let _alone = alone();
    for_each_kind!(test);
}

#[test]
fn what_is_in_use_is_kept() {
    fn test<K: Kind>() {
        let drops = Arc::default();
        let mut nodes = ring::<K>(10, &drops);
        nodes.truncate(1);
        assert_eq!(gc::collect().collected, 0);
        // The only handle to the next node is moved onto the stack, and the first one let go.
        let first = nodes.pop().unwrap();
        let next = first.take(0).unwrap();
        drop(first);
        gc::collect();
        assert_eq!(dropped(&drops), 0);
        drop(next);
        gc::collect();
        assert_eq!(dropped(&drops), 10);
    }
    let _alone = alone();
    for_each_kind!(test);
}

#[test]
fn one_in_use_keeps_its_own_ring_only() {
    fn test<K: Kind>() {
        let (kept, gone) = (Arc::default(), Arc::default());
        let rings: Vec<_> = (0..50).map(|_| ring::<K>(4, &gone)).collect();
        let ours = ring::<K>(4, &kept);
        drop(rings);
        assert_eq!(gc::collect().collected, 200);
        assert_eq!((dropped(&gone), dropped(&kept)), (200, 0));
        drop(ours);
        assert_eq!(gc::collect().collected, 4);
    }
    let _alone = alone();
    for_each_kind!(test);
}

/// A lock that is held keeps its object, and what that leads to.
#[test]
fn a_lock_that_is_held_keeps() {
    #[derive(Trace)]
    struct Held {
        link: std::sync::Mutex<Option<Gc<Held>>>,
    }
    type Guard<'a, T> = std::sync::MutexGuard<'a, Option<Gc<T>>>;
    let _alone = alone();
    let held = Gc::new(Held {
        link: std::sync::Mutex::new(None),
    });
    *held.link.lock().unwrap() = Some(held.clone());
    let weak = Gc::downgrade(&held);
    // SAFETY: the object is there until the lock is let go, which is what is tested.
    let guard = unsafe { std::mem::transmute::<Guard<'_, Held>, Guard<'static, Held>>(held.link.lock().unwrap()) };
    drop(held);
    assert_eq!(gc::collect().collected, 0);
    assert!(weak.upgrade().is_some());
    drop(guard);
    assert_eq!(gc::collect().collected, 1);
}

#[test]
fn plain_data_is_no_candidate() {
    assert!(!gc::is_tracked(&Gc::new(std::sync::Mutex::new(5))));
    assert!(!gc::is_tracked(&Gc::new(std::sync::RwLock::new(vec![String::new()]))));
    assert!(gc::is_tracked(&Gc::new(std::sync::RwLock::new(vec![Gc::new(1)]))));
}

#[test]
fn questions_see_the_handles() {
    fn test<K: Kind>() {
        let drops = Arc::default();
        let nodes = ring::<K>(3, &drops);
        let held = gc::referents(&nodes[0]);
        assert_eq!(held.len(), 2);
        assert!(held.iter().all(|object| Gc::id(&nodes[0]) != object.id()));
        assert_eq!(gc::referrers(&nodes[0]).len(), 2);
        let one: Gc<Node<K>> = Node::new(&drops);
        assert_eq!(gc::referents(&one).len(), 0);
        drop((nodes, held));
        gc::collect();
    }
    let _alone = alone();
    for_each_kind!(test);
}

/// Finalisers see the locks free; what they leave alone goes.
#[test]
fn finalisers_take_the_locks() {
    #[derive(Trace)]
    #[trace(finalize)]
    struct Final {
        link: std::sync::Mutex<Option<Gc<Final>>>,
        keep: bool,
    }
    static KEPT: std::sync::Mutex<Vec<Gc<Final>>> = std::sync::Mutex::new(Vec::new());
    impl freehold::Finalize for Final {
        fn finalize(&self) {
            let link = self.link.try_lock().expect("nobody else is inside");
            if self.keep {
                KEPT.lock().unwrap().extend(link.clone());
            }
        }
    }
    let _alone = alone();
    for keep in [false, true] {
        let [a, b] = [keep, false].map(|keep| {
            Gc::new(Final {
                link: std::sync::Mutex::new(None),
                keep,
            })
        });
        *a.link.lock().unwrap() = Some(b.clone());
        *b.link.lock().unwrap() = Some(a.clone());
        drop((a, b));
        let collection = gc::collect();
        assert_eq!(
            (collection.finalised, collection.resurrected),
            (2, if keep { 2 } else { 0 })
        );
    }
    KEPT.lock().unwrap().clear();
    assert_eq!(gc::collect().collected, 2);
}
