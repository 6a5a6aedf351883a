//! `Stack` on one thread and on several.

use super::counted::Drops;
use freehold::lockfree::Stack;
use freehold::{Gc, Trace, gc};
use std::panic::{self, AssertUnwindSafe};
use std::thread;

#[test]
fn the_last_in_is_the_first_out() {
    let stack = Stack::new();
    assert!(stack.is_empty() && stack.pop().is_none());
    stack.push(1);
    stack.push(2);
    assert_eq!(stack.pop(), Some(2));
    stack.push(3);
    assert!(!stack.is_empty());
    assert!(stack.into_iter().eq([3, 1]));
}

#[test]
fn what_is_left_is_dropped_with_the_stack() {
    let drops = Drops::default();
    let stack: Stack<_> = (0..100).map(|_| drops.value()).collect();
    drop(stack.pop());
    assert_eq!(drops.count(), 1);
    let mut rest = stack.into_iter();
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
    let stack = Stack::new();
    stack.push(Panics(Some(drops.value())));
    stack.push(Panics(None));
    stack.push(Panics(Some(drops.value())));
    assert!(panic::catch_unwind(AssertUnwindSafe(|| drop(stack))).is_err());
    assert_eq!(drops.count(), 2);
}

#[test]
fn each_value_comes_out_once() {
    const EACH: usize = 20_000;
    let stack = Stack::new();
    let sum: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let stack = &stack;
                scope.spawn(move || {
                    let work = |number| {
                        stack.push(worker * EACH + number);
                        stack.pop().expect("as many were pushed as popped, and one more")
                    };
                    (0..EACH).map(work).sum::<usize>()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!(stack.is_empty());
    assert_eq!(sum, (0..4 * EACH).sum::<usize>());
}

#[derive(Trace)]
struct Node {
    stack: Stack<Gc<Node>>,
}

#[test]
fn a_cycle_through_a_stack_is_collected() {
    let node = Gc::new(Node { stack: Stack::new() });
    node.stack.push(node.clone());
    node.stack.push(node.clone());
    let weak = Gc::downgrade(&node);
    gc::collect();
    assert!(weak.upgrade().is_some(), "held");
    drop(node);
    gc::collect();
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_stack_shows_what_it_holds() {
    let [first, second] = [0, 1].map(|_| Gc::new(Node { stack: Stack::new() }));
    first.stack.push(second.clone());
    assert_eq!(gc::referents(&first).len(), 1);
    assert_eq!(first.stack.pop().map(|handle| Gc::ptr_eq(&handle, &second)), Some(true));
    assert!(gc::referents(&first).is_empty());
}
