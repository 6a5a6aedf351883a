//! Structures of ten million nodes on a stack of 256 KiB: chains, trees, rings, lists linked both ways, one object with
//! ten million handles. Dropped by counting, collected as garbage, looked at while they live; by a thread that asks for a
//! collection, by an allocation in inline mode, by the destructor of a thread-local.
//!
//! Recursion over any of these, in `trace`, in marking or in a drop, would take hundreds of megabytes of stack.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

/// Nodes of each structure. Debug builds, which take six times as long, make do with fewer.
const NODES: usize = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };

/// Runs `work` alone in the process, on a small stack, with no collection but those it asks for. It must leave nothing.
fn on_small_stack(work: fn()) {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _alone = ALONE.lock();
    gc::disable();
    small_stack(work).join().unwrap();
    assert_eq!(gc::stats().live_objects, 0);
}

fn small_stack(work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap()
}

/// All that lives is garbage, and one collection finds it.
fn collect_everything(nodes: usize) {
    assert_eq!(gc::stats().live_objects, nodes);
    let collection = gc::collect();
    assert_eq!((collection.collected, collection.revived), (nodes, 0));
}

#[derive(Trace)]
struct Chain(Option<Gc<Chain>>);

fn chain(nodes: usize) -> Gc<Chain> {
    let mut head = Gc::new(Chain(None));
    for _ in 1..nodes {
        head = Gc::new(Chain(Some(head)));
    }
    head
}

/// A node whose links can be closed to cycles.
#[derive(Trace, Default)]
struct Node {
    next: Mutex<Option<Gc<Node>>>,
    prev: Mutex<Option<Gc<Node>>>,
}

/// Appends `nodes` nodes to `last`, linked to both sides if asked for, and returns the new last one.
fn append(mut last: Gc<Node>, nodes: usize, both_ways: bool) -> Gc<Node> {
    for _ in 0..nodes {
        let node = Gc::new(Node::default());
        if both_ways {
            *node.prev.lock() = Some(last.clone());
        }
        *last.next.lock() = Some(node.clone());
        last = node;
    }
    last
}

/// A ring; returns a handle into it.
fn ring(nodes: usize, both_ways: bool) -> Gc<Node> {
    let first = Gc::new(Node::default());
    let last = append(first.clone(), nodes - 1, both_ways);
    if both_ways {
        *first.prev.lock() = Some(last.clone());
    }
    *last.next.lock() = Some(first.clone());
    first
}

#[test]
fn a_chain_is_dropped() {
    on_small_stack(|| drop(chain(NODES)));
}

#[test]
fn a_chain_that_is_held_is_looked_at() {
    on_small_stack(|| {
        let head = chain(NODES);
        let collection = gc::collect();
        assert_eq!((collection.candidates, collection.collected), (NODES, 0));
        drop(head);
    });
}

#[test]
fn a_chain_is_dropped_while_a_collector_looks_at_it() {
    on_small_stack(|| {
        let stop = Arc::new(AtomicBool::new(false));
        let collector = {
            let stop = stop.clone();
            small_stack(move || {
                while !stop.load(SeqCst) {
                    gc::collect();
                }
            })
        };
        for _ in 0..3 {
            drop(chain(NODES / 10));
        }
        stop.store(true, SeqCst);
        collector.join().unwrap();
        gc::collect();
    });
}

#[test]
fn a_chain_is_dropped_by_the_destructor_of_a_thread_local() {
    thread_local! { static KEPT: RefCell<Option<Gc<Chain>>> = const { RefCell::new(None) } }
    on_small_stack(|| {
        small_stack(|| KEPT.set(Some(chain(NODES / 10)))).join().unwrap();
    });
}

#[test]
fn a_tree_is_dropped() {
    #[derive(Trace)]
    struct Tree {
        _children: Option<(Gc<Tree>, Gc<Tree>)>,
    }
    on_small_stack(|| {
        // Pairs of subtrees are put under a common parent until one tree is left.
        let mut level: Vec<_> = (0..NODES / 2).map(|_| Gc::new(Tree { _children: None })).collect();
        while level.len() > 1 {
            let mut subtrees = level.into_iter();
            let mut above = Vec::new();
            while let Some(left) = subtrees.next() {
                above.push(match subtrees.next() {
                    Some(right) => Gc::new(Tree {
                        _children: Some((left, right)),
                    }),
                    None => left,
                });
            }
            level = above;
        }
        assert!(gc::stats().live_objects >= NODES - 1);
        drop(level);
    });
}

#[test]
fn a_tree_that_knows_its_parents_is_collected() {
    #[derive(Trace)]
    struct Tree {
        parent: Option<Gc<Tree>>,
        children: Mutex<Vec<Gc<Tree>>>,
    }
    on_small_stack(|| {
        let child = |parent: Option<Gc<Tree>>| {
            Gc::new(Tree {
                parent,
                children: Mutex::default(),
            })
        };
        let mut all = vec![child(None)];
        for number in 1..NODES {
            let parent = all[(number - 1) / 2].clone();
            let node = child(Some(parent.clone()));
            parent.children.lock().push(node.clone());
            all.push(node);
        }
        assert!(all[NODES - 1].parent.is_some());
        drop(all);
        collect_everything(NODES);
    });
}

#[test]
fn a_ring_is_collected() {
    on_small_stack(|| {
        drop(ring(NODES, false));
        collect_everything(NODES);
    });
}

#[test]
fn a_ring_linked_both_ways_is_collected() {
    on_small_stack(|| {
        drop(ring(NODES, true));
        collect_everything(NODES);
    });
}

#[test]
fn a_list_linked_both_ways_is_collected() {
    on_small_stack(|| {
        drop(append(Gc::new(Node::default()), NODES - 1, true));
        collect_everything(NODES);
    });
}

#[test]
fn a_ring_is_freed_by_counting_when_it_is_cut() {
    on_small_stack(|| {
        let first = ring(NODES, false);
        let second = first.next.lock().take();
        drop((first, second));
    });
}

#[test]
fn a_chain_behind_a_ring_is_collected_with_it() {
    on_small_stack(|| {
        let head = Gc::new(Node::default());
        append(head.clone(), NODES / 2 - 1, false);
        let ring = ring(NODES / 2, false);
        *ring.prev.lock() = Some(head);
        drop(ring);
        collect_everything(NODES);
    });
}

/// The thread that allocates collects, from inside `Gc::new`, on its own small stack.
#[test]
fn rings_and_chains_are_collected_in_inline_mode() {
    on_small_stack(|| {
        gc::set_mode(gc::Mode::Inline);
        gc::enable();
        drop(ring(NODES, true));
        let garbage = gc::stats().live_objects;
        for _ in 0..10 {
            drop(ring(NODES / 10, false));
            drop(chain(NODES / 10));
        }
        let collected = gc::stats().collected as usize;
        gc::disable();
        gc::set_mode(gc::Mode::Background);
        assert!(
            collected >= garbage,
            "{collected} collected of {garbage}, and more since"
        );
        gc::collect();
    });
}

#[derive(Trace)]
struct Hub {
    spokes: Mutex<Vec<Gc<Spoke>>>,
}

#[derive(Trace)]
struct Spoke {
    _hub: Option<Gc<Hub>>,
}

fn hub(spokes: usize, know_their_hub: bool) -> Gc<Hub> {
    let hub = Gc::new(Hub {
        spokes: Mutex::default(),
    });
    let spoke = |_| {
        Gc::new(Spoke {
            _hub: know_their_hub.then(|| hub.clone()),
        })
    };
    let spokes = (0..spokes).map(spoke).collect();
    *hub.spokes.lock() = spokes;
    hub
}

#[test]
fn one_object_holds_all_the_others() {
    on_small_stack(|| {
        let held = hub(NODES, false);
        assert_eq!(gc::collect().collected, 0);
        drop(held);
        assert_eq!(gc::stats().live_objects, 0);
        drop(hub(NODES, true));
        collect_everything(NODES + 1);
    });
}

#[test]
fn one_object_holds_itself_millions_of_times() {
    #[derive(Trace)]
    struct Narcissus(Mutex<Vec<Gc<Narcissus>>>);
    on_small_stack(|| {
        let object = Gc::new(Narcissus(Mutex::default()));
        let handles = vec![object.clone(); NODES];
        *object.0.lock() = handles;
        assert_eq!(Gc::strong_count(&object), NODES + 1);
        drop(object);
        collect_everything(1);
    });
}

/// Boxes within one payload are traced by recursion, up to a depth; what lies deeper keeps what it holds.
#[test]
fn boxes_nested_deeply_fit_the_stack_or_are_given_up() {
    #[derive(Trace)]
    enum Nest {
        Shell(Box<Nest>),
        Core(Gc<Nested>),
        Empty,
    }
    #[derive(Trace)]
    struct Nested {
        nest: Mutex<Nest>,
        #[trace(skip)]
        _dropped: Count,
    }
    struct Count;
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    impl Drop for Count {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }
    on_small_stack(|| {
        let nested = |depth| {
            let object = Gc::new(Nested {
                nest: Mutex::new(Nest::Empty),
                _dropped: Count,
            });
            let core = Nest::Core(object.clone());
            *object.nest.lock() = (0..depth).fold(core, |inner, _| Nest::Shell(Box::new(inner)));
            object
        };
        drop(nested(100));
        gc::collect();
        assert_eq!(DROPPED.load(SeqCst), 1, "a hundred boxes are seen through");
        let deep = nested(700);
        let weak = Gc::downgrade(&deep);
        drop(deep);
        gc::collect();
        let deep = weak.upgrade().expect("what is not seen is not garbage");
        *deep.nest.lock() = Nest::Empty;
        drop(deep);
        assert_eq!(DROPPED.load(SeqCst), 2);
    });
}
