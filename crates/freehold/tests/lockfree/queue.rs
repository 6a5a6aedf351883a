//! `Queue` on one thread and on several.

use super::counted::{Drops, join};
use freehold::lockfree::Queue;
use freehold::{Gc, Trace, gc};
use std::panic::{self, AssertUnwindSafe};
use std::thread;

#[test]
fn the_first_in_is_the_first_out() {
    let queue = Queue::new();
    assert!(queue.is_empty() && queue.pop().is_none());
    queue.push(1);
    queue.push(2);
    assert_eq!(queue.pop(), Some(1));
    queue.push(3);
    assert!(!queue.is_empty());
    assert!(queue.into_iter().eq([2, 3]));
}

#[test]
fn what_is_left_is_dropped_with_the_queue() {
    let drops = Drops::default();
    let queue: Queue<_> = (0..100).map(|_| drops.value()).collect();
    drop(queue.pop());
    assert_eq!(drops.count(), 1);
    let mut rest = queue.into_iter();
    drop(rest.next());
    assert_eq!(drops.count(), 2);
    drop(rest);
    assert_eq!(drops.count(), 100);
}

#[test]
fn a_panic_in_a_drop_keeps_none_of_the_rest() {
    struct Panics<T>(Option<T>);
    impl<T> Drop for Panics<T> {
        fn drop(&mut self) {
            assert!(self.0.is_some(), "on purpose");
        }
    }
    let drops = Drops::default();
    let queue = Queue::new();
    queue.push(Panics(Some(drops.value())));
    queue.push(Panics(None));
    queue.push(Panics(Some(drops.value())));
    assert!(panic::catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    assert_eq!(drops.count(), 2);
}

#[test]
fn each_value_comes_out_once() {
    const EACH: usize = 20_000;
    let queue = Queue::new();
    let sum: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let queue = &queue;
                scope.spawn(move || {
                    let work = |number| {
                        queue.push(worker * EACH + number);
                        queue.pop().expect("as many were pushed as popped, and one more")
                    };
                    (0..EACH).map(work).sum::<usize>()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!(queue.is_empty());
    assert_eq!(sum, (0..4 * EACH).sum::<usize>());
}

#[derive(Trace)]
struct Node {
    queue: Queue<Gc<Node>>,
}

#[test]
fn a_cycle_through_a_queue_is_collected() {
    let node = Gc::new(Node { queue: Queue::new() });
    node.queue.push(node.clone());
    node.queue.push(node.clone());
    let weak = Gc::downgrade(&node);
    gc::collect();
    assert!(weak.upgrade().is_some(), "held");
    drop(node);
    gc::collect();
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_queue_shows_what_it_holds() {
    let [first, second] = [0, 1].map(|_| Gc::new(Node { queue: Queue::new() }));
    first.queue.push(second.clone());
    assert_eq!(gc::referents(&first).len(), 1);
    assert_eq!(first.queue.pop().map(|handle| Gc::ptr_eq(&handle, &second)), Some(true));
    assert!(gc::referents(&first).is_empty());
}

#[test]
fn values_of_one_thread_come_out_in_order() {
    const EACH: u32 = 50_000;
    let queue = Queue::new();
    thread::scope(|scope| {
        let pushers = [0, 1].map(|pusher| {
            let queue = &queue;
            scope.spawn(move || (0..EACH).for_each(|number| queue.push((pusher, number))))
        });
        let mut next = [0; 2];
        while next != [EACH; 2] {
            let Some((pusher, number)) = queue.pop() else {
                thread::yield_now();
                continue;
            };
            assert_eq!(number, next[pusher], "of thread {pusher}");
            next[pusher] += 1;
        }
        join(pushers);
    });
    assert!(queue.is_empty());
}

#[test]
fn a_queue_of_many_blocks_is_emptied_in_order() {
    let queue: Queue<u32> = (0..1_000).collect();
    assert!((0..500).all(|number| queue.pop() == Some(number)));
    assert!(!queue.is_empty());
    assert!(queue.into_iter().eq(500..1_000));
}
