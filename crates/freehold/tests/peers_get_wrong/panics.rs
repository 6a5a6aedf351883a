//! Panics in `trace` and in drops, and locks that are poisoned: nothing is dropped twice or forgotten, and collections go on.

use crate::node::Alive;
use crate::{Collectors, alone, race};
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Tracer, gc};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Panics go to the test's output by the thousand otherwise.
fn quiet() -> impl Drop {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            if !thread::panicking() {
                drop(std::panic::take_hook());
            }
        }
    }
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains("on purpose") {
            eprintln!("{panic}");
        }
    }));
    Restore
}

/// Takes a lock of std's when it dies, as a cache or a registry does, and panics if another died of it before.
struct Registered {
    registry: Arc<std::sync::Mutex<()>>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
        let _entry = self.registry.lock().expect("poisoned on purpose");
        panic!("on purpose, with the lock held");
    }
}

#[derive(Trace)]
struct Entry {
    next: Mutex<Option<Gc<Entry>>>,
    #[trace(skip)]
    _registered: Registered,
}

#[test]
fn a_poisoned_lock_in_a_drop_loses_nothing() {
    let (_alone, _quiet) = (alone(), quiet());
    let dropped = Arc::new(AtomicUsize::new(0));
    let registry = Arc::new(std::sync::Mutex::new(()));
    let entry = || {
        Gc::new(Entry {
            next: Mutex::new(None),
            _registered: Registered {
                registry: registry.clone(),
                dropped: dropped.clone(),
            },
        })
    };
    let chain = |nodes: usize, close: bool| {
        let last = entry();
        let mut head = last.clone();
        for _ in 1..nodes {
            let node = entry();
            *node.next.lock() = Some(head);
            head = node;
        }
        if close {
            *last.next.lock() = Some(head.clone());
        }
        drop(last);
        head
    };
    // By counting: the first panic reaches whoever dropped.
    let head = chain(100, false);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(head))).is_err());
    assert_eq!(dropped.load(SeqCst), 100);
    // By a collection that is asked for: they are counted.
    drop(chain(100, true));
    assert_eq!(gc::collect().panics, 100);
    assert_eq!(dropped.load(SeqCst), 200);
    // By the background collector, which survives it.
    let panics = gc::stats().panics;
    gc::enable();
    while gc::stats().panics < panics + 1000 {
        drop(chain(100, true));
    }
    drop(chain(100, true));
    gc::disable();
    gc::collect();
    assert_eq!(gc::stats().live_objects, 0);
}

/// A lock of ours that a thread panicked under is free again, and what it protects can be collected.
#[test]
fn a_panic_under_a_lock_leaves_it_free() {
    let (_alone, _quiet) = (alone(), quiet());
    let alive = Arc::new(Alive::default());
    let ring = alive.ring(3);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _left = ring[0].left.lock();
        let _right = ring[1].right.lock();
        panic!("on purpose, with two locks held");
    }));
    assert!(panicked.is_err());
    ring[1].follow();
    drop(ring);
    gc::collect();
    assert_eq!(alive.count(), 0);
}

/// Its `trace` panics as long as the flag says so, after showing some of its handles.
struct Capricious {
    links: Mutex<Vec<Gc<Capricious>>>,
    more: Mutex<Vec<Gc<Capricious>>>,
    panics: Arc<AtomicBool>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Capricious {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

// SAFETY: shows each handle once, or panics; `drop` touches no handle.
unsafe impl Trace for Capricious {
    fn trace(&self, tracer: &mut Tracer) {
        self.links.trace(tracer);
        assert!(!self.panics.load(SeqCst), "on purpose, in the middle of a trace");
        self.more.trace(tracer);
    }
}

#[test]
fn what_panics_in_trace_is_kept_until_it_no_longer_does() {
    let (_alone, _quiet) = (alone(), quiet());
    let (panics, dropped) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let node = || {
        Gc::new(Capricious {
            links: Mutex::default(),
            more: Mutex::default(),
            panics: panics.clone(),
            dropped: dropped.clone(),
        })
    };
    let (a, b, c) = (node(), node(), node());
    a.links.lock().push(b.clone());
    b.more.lock().extend([c.clone(), a.clone()]);
    c.links.lock().push(c.clone());
    let weak = Gc::downgrade(&b);
    drop((a, b, c));
    let collection = gc::collect();
    assert_eq!((collection.collected, collection.panics), (0, 3));
    assert_eq!(weak.upgrade().expect("kept").more.lock().len(), 2);
    panics.store(false, SeqCst);
    assert_eq!(gc::collect().collected, 3);
    assert_eq!((dropped.load(SeqCst), weak.upgrade().is_none()), (3, true));
}

/// The flag changes while collections run, so that objects panic at the first look, at the second, at both or neither.
#[test]
fn a_trace_that_panics_now_and_then_loses_nothing() {
    let (_alone, _quiet) = (alone(), quiet());
    let (panics, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut made = 0;
    let collectors = Collectors::start(1);
    race(|| {
        panics.store(made % 3 == 0, SeqCst);
        if made - dropped.load(SeqCst) > 500 {
            // They are kept as long as they panic, and every one of them panics at every look.
            panics.store(false, SeqCst);
            return thread::yield_now();
        }
        for _ in 0..10 {
            let node = Gc::new(Capricious {
                links: Mutex::default(),
                more: Mutex::default(),
                panics: panics.clone(),
                dropped: dropped.clone(),
            });
            node.links.lock().push(node.clone());
            node.more.lock().push(node.clone());
            made += 1;
        }
        // Locks that were held when the trace panicked are free again.
        panics.store(made % 5 == 0, SeqCst);
    });
    drop(collectors);
    panics.store(false, SeqCst);
    gc::collect();
    assert_eq!(dropped.load(SeqCst), made);
}

/// Half of a ring panics when it is dropped.
#[test]
fn drops_that_panic_among_others_lose_nothing() {
    let (_alone, _quiet) = (alone(), quiet());
    struct Fuse(bool, Arc<AtomicUsize>);
    impl Drop for Fuse {
        fn drop(&mut self) {
            self.1.fetch_add(1, SeqCst);
            assert!(!self.0, "on purpose, in a drop");
        }
    }
    #[derive(Trace)]
    struct Mine {
        #[trace(skip)]
        _before: Fuse,
        next: Mutex<Option<Gc<Mine>>>,
        _owned: Gc<u64>,
        #[trace(skip)]
        _after: Fuse,
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut made = 0;
    race(|| {
        let ring: Vec<_> = (0..20)
            .map(|number| {
                Gc::new(Mine {
                    _before: Fuse(number % 2 == 0, dropped.clone()),
                    next: Mutex::new(None),
                    _owned: Gc::new(number),
                    _after: Fuse(number % 3 == 0 && number % 2 != 0, dropped.clone()),
                })
            })
            .collect();
        for (index, node) in ring.iter().enumerate() {
            *node.next.lock() = Some(ring[(index + 7) % 20].clone());
        }
        drop(ring);
        assert_eq!(gc::collect().panics, 10 + 3);
        made += 40;
        assert_eq!((dropped.load(SeqCst), gc::stats().live_objects), (made, 0));
    });
}
