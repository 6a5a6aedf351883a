//! `Queue` on one thread and on several.

use super::patience::join;
use freehold::lockfree::Queue;
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

tests_of_both!(Queue);
