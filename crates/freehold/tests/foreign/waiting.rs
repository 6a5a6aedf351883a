//! How long a mutator waits for the collector at a foreign lock, and that nobody waits for ever.

use crate::kinds::{Kind, StdMutex, StdRwLock};
use crate::{Node, alone, dropped, ring};
use freehold::{Gc, Trace, Tracer, gc};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A thread that does not get to run waits as well; far from for ever.
const SLACK: Duration = Duration::from_millis(500);
/// How long locks are kept at most.
const LONGEST: Duration = Duration::from_millis(64);

/// Shows nothing, slowly.
struct Slow(Arc<AtomicU64>);

// SAFETY: no handles.
unsafe impl Trace for Slow {
    fn trace(&self, _: &mut Tracer) {
        thread::sleep(Duration::from_micros(self.0.load(SeqCst)));
    }
}

#[derive(Trace)]
struct SlowNode {
    link: Mutex<Option<Gc<SlowNode>>>,
    slow: Slow,
}

/// A ring in which each node takes so many microseconds to see.
fn slow_ring(number: usize, micros: u64) -> (Arc<AtomicU64>, Vec<Gc<SlowNode>>) {
    let slow = Arc::new(AtomicU64::new(micros));
    let node = |_| {
        Gc::new(SlowNode {
            link: Mutex::new(None),
            slow: Slow(slow.clone()),
        })
    };
    let nodes: Vec<_> = (0..number).map(node).collect();
    for (index, node) in nodes.iter().enumerate() {
        *node.link.lock().unwrap() = Some(nodes[(index + 1) % number].clone());
    }
    (slow, nodes)
}

#[test]
fn what_takes_longer_than_the_first_attempt_is_collected() {
    let _alone = alone();
    let (_slow, nodes) = slow_ring(40, 100);
    drop(nodes);
    assert_eq!(gc::collect().collected, 40);
}

#[test]
fn what_takes_too_long_is_left_and_does_not_harm_the_rest() {
    let _alone = alone();
    let (slow, nodes) = slow_ring(600, 200);
    let drops = Arc::default();
    drop((nodes, ring::<StdMutex>(5, &drops)));
    let collection = gc::collect();
    assert_eq!((collection.collected, collection.revived, dropped(&drops)), (5, 600, 5));
    slow.store(0, SeqCst);
    assert_eq!(gc::collect().collected, 600);
}

/// While the locks of a ring are kept, a thread gets at one of its nodes by a weak handle.
#[test]
fn a_mutator_that_gets_at_what_is_held_waits_for_a_bounded_time() {
    let _alone = alone();
    let (slow, nodes) = slow_ring(100, 250);
    let weak = Gc::downgrade(&nodes[0]);
    drop(nodes);
    let stop = AtomicBool::new(false);
    let longest = thread::scope(|scope| {
        let mutator = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !stop.load(SeqCst) {
                if let Some(node) = weak.upgrade() {
                    let begin = Instant::now();
                    drop(node.link.lock());
                    longest = longest.max(begin.elapsed());
                }
                thread::sleep(Duration::from_micros(300));
            }
            longest
        });
        let revived: usize = (0..20).map(|_| gc::collect().revived).sum();
        stop.store(true, SeqCst);
        assert!(weak.upgrade().is_some() && revived > 0, "it was in use");
        mutator.join().unwrap()
    });
    assert!(longest < LONGEST + SLACK, "waited {longest:?}");
    slow.store(0, SeqCst);
    assert_eq!(gc::collect().collected, 100);
}

/// Runs `work` in threads, with collections beside them; fails if they do not end.
fn ends<F: Fn(usize) + Send + Sync + 'static>(threads: usize, work: F) {
    let work = Arc::new(work);
    let stop = Arc::new(AtomicBool::new(false));
    let (done, ended) = mpsc::channel();
    let start = Arc::new(Barrier::new(threads));
    for me in 0..threads {
        let (work, done, start) = (work.clone(), done.clone(), start.clone());
        thread::spawn(move || {
            start.wait();
            work(me);
            drop(work);
            done.send(()).unwrap();
        });
    }
    let collector = {
        let stop = stop.clone();
        thread::spawn(move || {
            while !stop.load(SeqCst) {
                gc::collect();
            }
        })
    };
    for _ in 0..threads {
        ended
            .recv_timeout(Duration::from_secs(120))
            .expect("a thread waits for ever, or panicked");
    }
    stop.store(true, SeqCst);
    collector.join().unwrap();
}

/// Threads that hold one lock and wait for another, upwards or downwards, while handles move so that live nodes are suspected.
fn lock_pairs<K: Kind>(downwards: bool) {
    const NODES: usize = 6;
    let drops = Arc::new(AtomicUsize::new(0));
    let made = Arc::new(AtomicUsize::new(0));
    let mut nodes: Vec<Gc<Node<K>>> = (0..NODES).map(|_| Node::new(&drops)).collect();
    nodes.sort_by_key(Gc::id);
    if downwards {
        nodes.reverse();
    }
    let (counted, drops_there) = (made.clone(), drops.clone());
    ends(3, move |me| {
        for turn in 0..3000 {
            let (low, high) = (turn % (NODES - 1), (turn * (me + 3)) % NODES);
            let (low, high) = (low.min(high), low.max(high));
            if low == high {
                // A ring of which the only handle from outside moves into it.
                let (one, other) = (Node::<K>::new(&drops_there), Node::new(&drops_there));
                counted.fetch_add(2, SeqCst);
                one.push(other.clone());
                other.push(one);
                nodes[low].push(other);
                continue;
            }
            K::with(&nodes[low].links, |from| {
                let moved = from.pop();
                K::with(&nodes[high].links, |to| {
                    let back = to.pop();
                    to.extend(moved);
                    from.extend(back);
                });
            });
            drop(nodes[high].take(0));
        }
    });
    gc::collect();
    assert_eq!(dropped(&drops), NODES + made.load(SeqCst));
}

#[test]
fn threads_that_hold_a_lock_and_wait_for_another_do_not_wait_for_ever() {
    let _alone = alone();
    for downwards in [false, true] {
        lock_pairs::<StdMutex>(downwards);
        lock_pairs::<StdRwLock>(downwards);
    }
}

/// A thread that collects while it holds locks does not wait for itself.
#[test]
fn a_thread_may_collect_while_it_holds_a_lock() {
    let _alone = alone();
    let drops = Arc::default();
    let nodes = ring::<StdMutex>(10, &drops);
    drop(ring::<StdMutex>(10, &drops));
    let guards: Vec<_> = nodes.iter().map(|node| node.links.lock().unwrap()).collect();
    assert_eq!(gc::collect().collected, 10);
    drop(guards);
    drop(nodes);
    assert_eq!(gc::collect().collected, 10);
}
