//! A cycle through each kind of lock is collected, also if another lock is around it, and held if a thread is inside.

use freehold::sync::{
    Barrier, Condvar, Event, LazyLock, Mutex, OnceLock, ReentrantMutex, RwLock, RwLockUpgradableReadGuard, Semaphore,
};
use freehold::{Gc, Trace, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Counts the drops of what it is in.
struct Drops(Arc<AtomicUsize>);

impl Drop for Drops {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

type Link = Gc<Node>;

/// A node with a link of each kind.
#[derive(Default, Trace)]
struct Node {
    mutex: Mutex<Vec<Link>>,
    rwlock: RwLock<Vec<Link>>,
    reentrant: ReentrantMutex<Mutex<Vec<Link>>>,
    once: OnceLock<Link>,
    nested: RwLock<Vec<Mutex<Option<Link>>>>,
    set_nested: OnceLock<Mutex<Vec<Link>>>,
    lazy: LazyLock<RwLock<Vec<Link>>>,
    semaphore: Option<Semaphore>,
    event: Event,
    condvar: Condvar,
    barrier: Option<Barrier>,
    #[trace(skip)]
    _drops: Option<Drops>,
}

fn node(drops: &Arc<AtomicUsize>) -> Link {
    Gc::new(Node {
        semaphore: Some(Semaphore::new(1)),
        barrier: Some(Barrier::new(1)),
        _drops: Some(Drops(drops.clone())),
        ..Node::default()
    })
}

/// One way for each kind.
const WAYS: [fn(&Node, Link); 9] = [
    |node, to| node.mutex.lock().push(to),
    |node, to| node.rwlock.write().push(to),
    |node, to| RwLockUpgradableReadGuard::upgrade(node.rwlock.upgradable_read()).push(to),
    |node, to| node.reentrant.lock().lock().push(to),
    |node, to| assert!(node.once.set(to).is_ok()),
    |node, to| node.nested.write().push(Mutex::new(Some(to))),
    |node, to| {
        node.nested.write().push(Mutex::new(None));
        *node.nested.read()[0].lock() = Some(to);
    },
    |node, to| node.set_nested.get_or_init(Mutex::default).lock().push(to),
    |node, to| node.lazy.write().push(to),
];

#[test]
fn a_cycle_through_any_lock_is_collected() {
    for way in WAYS {
        for back in WAYS {
            let drops = Arc::new(AtomicUsize::new(0));
            let (a, b) = (node(&drops), node(&drops));
            way(&a, b.clone());
            back(&b, a.clone());
            drop(b);
            gc::collect();
            assert_eq!(drops.load(SeqCst), 0, "it is held");
            drop(a);
            gc::collect();
            assert_eq!(drops.load(SeqCst), 2);
        }
    }
}

#[test]
fn what_is_behind_a_lock_that_a_thread_is_inside_is_kept() {
    let drops = Arc::new(AtomicUsize::new(0));
    for way in WAYS {
        let (a, b) = (node(&drops), node(&drops));
        way(&a, b.clone());
        way(&b, b.clone());
        let weak = Gc::downgrade(&b);
        drop(b);
        let (mutex, rwlock) = (a.mutex.lock(), a.rwlock.write());
        let (reentrant, nested) = (a.reentrant.lock(), a.nested.read());
        thread::scope(|scope| _ = scope.spawn(gc::collect));
        gc::collect();
        assert!(weak.upgrade().is_some());
        drop((mutex, rwlock, reentrant, nested));
        drop(a);
        gc::collect();
        assert!(weak.upgrade().is_none());
    }
    assert_eq!(drops.load(SeqCst), 2 * WAYS.len());
}

#[test]
fn locks_without_handles_make_no_candidates() {
    #[derive(Trace)]
    struct Plain {
        _locks: (Semaphore, Event, Barrier, Condvar),
        _content: (RwLock<u8>, OnceLock<String>, ReentrantMutex<u8>, LazyLock<u8>),
    }
    let plain = Gc::new(Plain {
        _locks: (Semaphore::new(1), Event::new(), Barrier::new(1), Condvar::new()),
        _content: Default::default(),
    });
    assert!(!gc::is_tracked(&plain));
    assert!(gc::is_tracked(&Gc::new(OnceLock::<Gc<u8>>::new())));
}
