//! Counting, weak handles, destruction and collection, one thread at a time.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// One test at a time, and no collection but those it asks for: a collector that looks at an object delays its
/// destruction for an instant, and these tests look at that instant.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    gc::disable();
    ALONE.lock()
}

/// Counts its drops.
struct Witness(Arc<AtomicUsize>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[derive(Trace)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
    #[trace(skip)]
    _witness: Witness,
}

fn witness() -> (Arc<AtomicUsize>, impl Fn() -> Gc<Node>) {
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = dropped.clone();
    (dropped, move || {
        Gc::new(Node {
            links: Mutex::default(),
            _witness: Witness(counter.clone()),
        })
    })
}

#[test]
fn the_count_goes_1_2_1_and_0_frees() {
    let _alone = alone();
    // a = Example(); b = a; del a; b = None
    let (dropped, example) = witness();
    let a = example();
    assert_eq!(Gc::strong_count(&a), 1);
    let b = a.clone();
    assert_eq!(Gc::strong_count(&a), 2);
    drop(a);
    assert_eq!(Gc::strong_count(&b), 1);
    assert_eq!(dropped.load(SeqCst), 0);
    drop(b);
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn cycles_are_collected_and_what_is_held_is_not() {
    let _alone = alone();
    let (dropped, node) = witness();
    let (a, b, held) = (node(), node(), node());
    a.links.lock().push(b.clone());
    b.links.lock().extend([a.clone(), held.clone()]);
    held.links.lock().push(held.clone());
    drop((a, b));
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 2);
    assert_eq!(Gc::strong_count(&held), 2);
    drop(held);
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 3);
}

#[test]
fn a_held_lock_keeps_a_cycle_until_it_is_released() {
    let _alone = alone();
    let (dropped, node) = witness();
    let a = node();
    a.links.lock().push(a.clone());
    let weak = Gc::downgrade(&a);
    {
        let guard = a.links.lock();
        gc::collect();
        drop(guard);
    }
    drop(a);
    assert!(weak.upgrade().is_some());
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 1);
    assert!(weak.upgrade().is_none());
}

#[test]
fn skipped_handles_are_external() {
    let _alone = alone();
    #[derive(Trace)]
    struct Hidden {
        #[trace(skip)]
        link: Mutex<Option<Gc<Hidden>>>,
    }
    let a = Gc::new(Hidden { link: Mutex::new(None) });
    *a.link.lock() = Some(a.clone());
    let weak = Gc::downgrade(&a);
    drop(a);
    gc::collect();
    let a = weak.upgrade().expect("an untraced handle keeps its target");
    a.link.lock().take();
}

#[test]
fn weak_handles_die_with_their_target() {
    let _alone = alone();
    let (_, node) = witness();
    let strong = node();
    let weak = Gc::downgrade(&strong);
    let other = weak.clone();
    assert!(weak.ptr_eq(&other));
    assert_eq!((Gc::weak_count(&strong), weak.strong_count()), (2, 1));
    let again = weak.upgrade().unwrap();
    assert!(Gc::ptr_eq(&strong, &again));
    drop((strong, again));
    assert!(weak.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 2));
    assert!(Weak::<u8>::new().ptr_eq(&Weak::default()));
}

#[test]
fn a_dead_target_gives_its_slot_back_though_weak_handles_remain() {
    let _alone = alone();
    let mut slots = std::collections::HashSet::new();
    let weak: Vec<_> = (0..10_000u64)
        .map(|number| {
            let strong = Gc::new((number, [0u64; 30]));
            slots.insert(Gc::id(&strong));
            Gc::downgrade(&strong)
        })
        .collect();
    assert!(
        slots.len() < 100,
        "{} slots served objects that lived one after the other",
        slots.len()
    );
    assert!(weak.iter().all(|weak| weak.upgrade().is_none()));
}

#[test]
fn try_unwrap_and_into_inner_give_the_value_to_the_last_handle() {
    let _alone = alone();
    let a = Gc::new(String::from("value"));
    let weak = Gc::downgrade(&a);
    let b = a.clone();
    let a = Gc::try_unwrap(a).unwrap_err();
    assert_eq!(Gc::into_inner(b), None);
    assert_eq!(Gc::try_unwrap(a).unwrap(), "value");
    assert!(weak.upgrade().is_none());
}

#[test]
fn into_inner_gives_the_value_to_exactly_one_of_two_threads() {
    let _alone = alone();
    for _ in 0..2000 {
        let a = Gc::new(String::from("value"));
        let b = a.clone();
        let other = std::thread::spawn(move || Gc::into_inner(b).is_some());
        let mine = Gc::into_inner(a).is_some();
        assert!(mine ^ other.join().unwrap());
    }
}

/// Runs on a stack that recursion over the structure would overflow.
fn on_small_stack(work: fn()) {
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_long_chain_is_dropped_without_recursion() {
    let _alone = alone();
    #[derive(Trace)]
    struct Chain(Option<Gc<Chain>>);
    on_small_stack(|| {
        let mut head = Gc::new(Chain(None));
        for _ in 0..1_000_000 {
            head = Gc::new(Chain(Some(head)));
        }
        drop(head);
    });
}

#[test]
fn a_long_cycle_is_collected_without_recursion() {
    let _alone = alone();
    on_small_stack(|| {
        let (dropped, node) = witness();
        let first = node();
        let mut last = first.clone();
        for _ in 0..300_000 {
            let next = node();
            last.links.lock().push(next.clone());
            last = next;
        }
        last.links.lock().push(first.clone());
        drop((first, last));
        gc::collect();
        assert_eq!(dropped.load(SeqCst), 300_001);
    });
}

#[test]
fn every_size_and_alignment_works() {
    let _alone = alone();
    #[derive(Clone, Copy)]
    #[repr(align(4096))]
    struct Page([u8; 10_000]);
    // SAFETY: no handle inside.
    unsafe impl Trace for Page {
        fn trace(&self, _: &mut freehold::Tracer) {}
    }
    let page = Gc::new(Page([7; 10_000]));
    assert_eq!((Gc::as_ptr(&page).addr() % 4096, page.0[9_999]), (0, 7));
    assert_eq!(*Gc::new(()), ());
    assert_eq!(Gc::new([1u8; 3000])[2999], 1);
    let odd = Gc::new((1u8, 2u128, [3u8; 77]));
    assert_eq!((odd.0, odd.1, odd.2[76]), (1, 2, 3));
}

#[test]
fn types_without_handles_are_not_tracked() {
    let _alone = alone();
    #[derive(Trace)]
    struct Plain {
        _name: String,
        _tags: Vec<Vec<String>>,
        _lock: Mutex<u8>,
    }
    #[derive(Trace)]
    struct Tree {
        _children: Vec<Tree>,
    }
    let plain = Plain {
        _name: String::new(),
        _tags: vec![],
        _lock: Mutex::new(0),
    };
    assert!(!gc::is_tracked(&Gc::new(1)));
    assert!(!gc::is_tracked(&Gc::new(plain)));
    assert!(
        gc::is_tracked(&Gc::new(Tree { _children: vec![] })),
        "not looked into for ever"
    );
    assert!(gc::is_tracked(&Gc::new(Mutex::new(None::<Gc<u8>>))));
}

#[test]
fn drops_inside_a_collection_may_use_the_heap() {
    let _alone = alone();
    struct Loud(Arc<AtomicUsize>);
    impl Drop for Loud {
        fn drop(&mut self) {
            assert_eq!(gc::collect(), gc::Collection::default());
            drop(Gc::new(5));
            self.0.fetch_add(1, SeqCst);
        }
    }
    #[derive(Trace)]
    struct Owner {
        me: Mutex<Option<Gc<Owner>>>,
        #[trace(skip)]
        _loud: Loud,
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let owner = Gc::new(Owner {
        me: Mutex::new(None),
        _loud: Loud(dropped.clone()),
    });
    *owner.me.lock() = Some(owner.clone());
    drop(owner);
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn a_panic_in_a_drop_frees_the_rest() {
    let _alone = alone();
    struct Bomb(bool, Arc<AtomicUsize>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.1.fetch_add(1, SeqCst);
            assert!(!self.0, "bomb");
        }
    }
    #[derive(Trace)]
    struct Armed {
        links: Mutex<Vec<Gc<Armed>>>,
        #[trace(skip)]
        _bomb: Bomb,
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let armed = |bad| {
        Gc::new(Armed {
            links: Mutex::default(),
            _bomb: Bomb(bad, dropped.clone()),
        })
    };
    // By counting: the panic reaches the dropper, after all are dropped.
    let (a, b, c) = (armed(false), armed(true), armed(false));
    b.links.lock().push(c);
    a.links.lock().push(b);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(a)));
    assert!(result.is_err());
    assert_eq!(dropped.load(SeqCst), 3);
    // By the collector: counted, and the rest goes on.
    let (a, b) = (armed(true), armed(false));
    a.links.lock().push(b.clone());
    b.links.lock().push(a.clone());
    drop((a, b));
    let before = gc::stats().panics;
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 5);
    assert!(gc::stats().panics > before);
}

#[test]
fn handles_compare_and_print_as_their_targets() {
    let _alone = alone();
    let (a, b) = (Gc::new(String::from("a")), Gc::new(String::from("b")));
    assert!(a < b && a == Gc::new("a".into()));
    assert_eq!(format!("{a} {b:?}"), "a \"b\"");
    assert_ne!(Gc::id(&a), Gc::id(&b));
    let map = std::collections::BTreeMap::from([(a, 1)]);
    assert_eq!(map[&String::from("a")], 1);
}

#[test]
fn destructors_of_thread_locals_may_hold_drop_and_make_handles() {
    struct Last(Gc<Node>, Arc<AtomicUsize>);
    impl Drop for Last {
        fn drop(&mut self) {
            // The heap's own thread-locals may be gone by now, or not.
            let fresh = Gc::new(Mutex::new(Some(self.0.clone())));
            let weak = Gc::downgrade(&fresh);
            assert_eq!(Gc::strong_count(&self.0), 2);
            drop(fresh);
            assert!(weak.upgrade().is_none());
            self.1.fetch_add(1, SeqCst);
        }
    }
    thread_local! {
        static BEFORE: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
        static AFTER: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
    }
    let _alone = alone();
    let (dropped, node) = witness();
    let ended = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // One thread-local is registered before the heap's, the other after it.
                BEFORE.with_borrow(|slot| assert!(slot.is_none()));
                let (a, b) = (node(), node());
                BEFORE.set(Some(Last(a, ended.clone())));
                AFTER.set(Some(Last(b, ended.clone())));
            });
        });
    }
    // A scope ends before the thread-locals' destructors have run.
    while ended.load(SeqCst) < 100 || dropped.load(SeqCst) < 100 {
        std::thread::yield_now();
    }
    gc::collect();
}

#[test]
fn a_mutex_inside_a_mutex_can_be_changed_without_its_lock() {
    let _alone = alone();
    #[derive(Trace)]
    struct Nested {
        cells: Mutex<Vec<Mutex<Option<Gc<Nested>>>>>,
    }
    let nested = Gc::new(Nested {
        cells: Mutex::new(vec![Mutex::new(None), Mutex::new(None)]),
    });
    let weak = Gc::downgrade(&nested);
    *nested.cells.lock()[0].get_mut() = Some(nested.clone());
    let mut cells = nested.cells.lock();
    cells.swap(0, 1);
    assert!(cells[0].get_mut().is_none() && cells[1].lock().is_some());
    drop(cells);
    gc::collect();
    assert_eq!(Gc::strong_count(&nested), 2);
    drop(nested);
    gc::collect();
    assert!(weak.upgrade().is_none());
}
