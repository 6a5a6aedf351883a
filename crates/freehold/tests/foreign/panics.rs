//! Poison, and panics while the collector is inside a lock.

use crate::alone;
use freehold::sync;
use freehold::{Gc, Trace, Tracer, gc};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, RwLock};

#[test]
fn a_poisoned_lock_shows_its_handles_and_stays_poisoned() {
    #[derive(Trace)]
    struct Node {
        mutex: Mutex<Option<Gc<Node>>>,
        rw_lock: RwLock<Option<Gc<Node>>>,
    }
    let _alone = alone();
    let node = Gc::new(Node {
        mutex: Mutex::new(None),
        rw_lock: RwLock::new(None),
    });
    *node.mutex.lock().unwrap() = Some(node.clone());
    *node.rw_lock.write().unwrap() = Some(node.clone());
    let poison = panic::catch_unwind(AssertUnwindSafe(|| {
        let _guards = (node.mutex.lock(), node.rw_lock.write());
        panic!("to poison the locks");
    }));
    assert!(poison.is_err() && node.mutex.is_poisoned() && node.rw_lock.is_poisoned());
    gc::collect();
    assert!(node.mutex.is_poisoned() && node.rw_lock.is_poisoned());
    let weak = Gc::downgrade(&node);
    drop(node);
    assert_eq!(gc::collect().collected, 1);
    assert!(weak.upgrade().is_none());
}

/// Panics in `trace` when told to.
struct Panics(&'static AtomicBool);

// SAFETY: no handles.
unsafe impl Trace for Panics {
    fn trace(&self, _: &mut Tracer) {
        assert!(!self.0.load(SeqCst), "as the test has it");
    }
}

type Link = Mutex<(Option<Gc<Fragile>>, Panics)>;

#[derive(Trace)]
struct Fragile {
    /// A lock within locks of all sorts.
    link: sync::Mutex<RwLock<Link>>,
}

fn fragile(panics: &'static AtomicBool) -> Gc<Fragile> {
    let content = (None, Panics(panics));
    let node = Gc::new(Fragile {
        link: sync::Mutex::new(RwLock::new(Mutex::new(content))),
    });
    let link = node.clone();
    node.link.lock().read().unwrap().lock().unwrap().0 = Some(link);
    node
}

#[test]
fn a_panic_in_trace_poisons_nothing_and_leaves_every_lock() {
    static PANICS: AtomicBool = AtomicBool::new(false);
    let _alone = alone();
    let node = fragile(&PANICS);
    PANICS.store(true, SeqCst);
    let collection = gc::collect();
    assert_eq!((collection.panics, collection.collected), (1, 0));
    PANICS.store(false, SeqCst);
    let cell = node.link.try_lock().expect("left");
    assert!(!cell.is_poisoned());
    let inner = cell.try_read().expect("left");
    assert!(inner.try_lock().is_ok(), "left, and not poisoned");
    drop(inner);
    drop(cell);
    drop(node);
    assert_eq!(gc::collect().collected, 1);
}

/// A panic that comes only when locks are kept: all are left, and nothing is destroyed.
#[test]
fn a_panic_while_locks_are_kept_poisons_nothing() {
    /// Panics at the second look at it.
    struct Second(AtomicBool);

    // SAFETY: no handles.
    unsafe impl Trace for Second {
        fn trace(&self, _: &mut Tracer) {
            assert!(!self.0.fetch_xor(true, SeqCst), "as the test has it");
        }
    }

    #[derive(Trace)]
    struct Node {
        first: Mutex<Option<Gc<Node>>>,
        second: Mutex<Second>,
    }
    let _alone = alone();
    let node = Gc::new(Node {
        first: Mutex::new(None),
        second: Mutex::new(Second(AtomicBool::new(false))),
    });
    *node.first.lock().unwrap() = Some(node.clone());
    let weak = Gc::downgrade(&node);
    drop(node);
    let collection = gc::collect();
    assert_eq!((collection.panics, collection.collected, collection.revived), (1, 0, 1));
    let node = weak.upgrade().expect("kept");
    assert!(node.first.try_lock().is_ok() && node.second.try_lock().is_ok());
    assert!(!node.first.is_poisoned() && !node.second.is_poisoned());
    node.first.lock().unwrap().take();
}

/// A collection in a drop that a panic runs: the guards that it makes know of the panic, and poison nothing.
#[test]
fn a_collection_during_a_panic_poisons_nothing() {
    #[derive(Trace)]
    struct Node {
        link: Mutex<Option<Gc<Node>>>,
    }
    struct Collects;
    impl Drop for Collects {
        fn drop(&mut self) {
            gc::collect();
        }
    }
    let _alone = alone();
    let node = Gc::new(Node { link: Mutex::new(None) });
    *node.link.lock().unwrap() = Some(node.clone());
    let panicked = panic::catch_unwind(|| {
        let _collects = Collects;
        panic!("to collect meanwhile");
    });
    assert!(panicked.is_err() && !node.link.is_poisoned());
    node.link.lock().unwrap().take();
}
