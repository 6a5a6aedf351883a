//! Models of the stack and the queue, and of the limbo that their nodes wait in.
//!
//! Checked in each: no node is used after its end (loom watches its life), no value is lost or comes out twice. docs/collector.md lists
//! the mutants that each kills.
#![cfg(loom)]

mod loom_gate;
mod loom_run;

use freehold::lockfree::{Queue, Stack};
use loom::sync::Arc;
use loom::thread;
use loom_gate::{Gate, Written};
use loom_run::{model, model_with};

#[test]
fn two_pops_of_a_stack_get_different_values() {
    model(|| {
        let stack = Arc::new(Stack::new());
        stack.push(1);
        stack.push(2);
        let other = {
            let stack = stack.clone();
            thread::spawn(move || stack.pop().unwrap())
        };
        let mine = stack.pop().unwrap();
        assert_eq!(mine + other.join().unwrap(), 3);
        assert!(stack.pop().is_none());
    });
}

#[test]
fn a_node_does_not_come_back_on_top_behind_a_pop() {
    model(|| {
        let stack = Arc::new(Stack::new());
        stack.push(1);
        stack.push(2);
        let other = {
            let stack = stack.clone();
            thread::spawn(move || stack.pop().unwrap())
        };
        // Out and in again: in the same node's place, if that were free.
        let first = stack.pop().unwrap();
        stack.push(first);
        let theirs = other.join().unwrap();
        let mut rest: Vec<i32> = stack.drain().collect();
        rest.push(theirs);
        rest.sort();
        assert_eq!(rest, [1, 2]);
    });
}

/// What one thread did before it pushed is seen by the one that pops.
fn push_and_pop<C: Send + Sync + 'static>(new: fn() -> C, push: fn(&C, Written), pop: fn(&C) -> Option<Written>) {
    model(move || {
        let (collection, gate) = (Arc::new(new()), Gate::new());
        let other = {
            let (collection, gate) = (collection.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                push(&collection, Written::new());
                gate.pass();
            })
        };
        gate.pass();
        if let Some(written) = pop(&collection) {
            written.check();
        }
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn what_was_done_before_a_push_on_a_stack_is_seen_after_the_pop() {
    push_and_pop(Stack::new, Stack::push, Stack::pop);
}

#[test]
fn what_was_done_before_a_push_on_a_queue_is_seen_after_the_pop() {
    push_and_pop(Queue::new, Queue::push, Queue::pop);
}

#[test]
fn two_pushes_and_a_pop_of_a_queue() {
    model(|| {
        let (queue, gate) = (Arc::new(Queue::new()), Gate::new());
        let other = {
            let (queue, gate) = (queue.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                queue.push(1);
                gate.pass();
                queue.push(2);
                gate.pass();
            })
        };
        gate.pass();
        let mut seen: Vec<i32> = queue.pop().into_iter().collect();
        gate.pass();
        other.join().unwrap();
        seen.extend(queue.drain());
        assert_eq!(seen, [1, 2]);
    });
}

#[test]
fn a_queue_goes_on_to_its_next_block_behind_a_pop() {
    model(|| {
        let (queue, gate) = (Arc::new(Queue::new()), Gate::new());
        queue.push(1);
        queue.push(2);
        let other = {
            let (queue, gate) = (queue.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                let first = queue.pop();
                gate.pass();
                let second = queue.pop();
                gate.pass();
                (first, second)
            })
        };
        gate.pass();
        queue.push(3);
        gate.pass();
        let (first, second) = other.join().unwrap();
        assert_eq!((first, second), (Some(1), Some(2)));
        assert_eq!(queue.pop(), Some(3));
        assert!(queue.pop().is_none());
    });
}

#[test]
fn two_pops_race_past_the_end_of_a_block() {
    model(|| {
        let (queue, gate) = (Arc::new(Queue::new()), Gate::new());
        (1..=3).for_each(|number| queue.push(number));
        assert_eq!(queue.pop(), Some(1));
        let other = {
            let (queue, gate) = (queue.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                let theirs = queue.pop().unwrap();
                gate.pass();
                theirs
            })
        };
        gate.pass();
        let mine = queue.pop().unwrap();
        gate.pass();
        assert_eq!(mine + other.join().unwrap(), 5);
        assert!(queue.pop().is_none());
    });
}

#[test]
fn a_push_and_a_pop_at_the_end_of_a_block_while_another_moves_on() {
    model_with(2, || {
        let (queue, gate) = (Arc::new(Queue::new()), Gate::new());
        (1..=2).for_each(|number| queue.push(number));
        assert_eq!(queue.pop(), Some(1));
        let [pusher, popper] = [true, false].map(|pushes| {
            let (queue, gate) = (queue.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                match pushes {
                    true => {
                        queue.push(3);
                        Vec::new()
                    }
                    false => queue.drain().collect(),
                }
            })
        });
        gate.pass();
        let mut seen: Vec<i32> = queue.pop().into_iter().collect();
        seen.extend(popper.join().unwrap());
        pusher.join().unwrap();
        seen.extend(queue.drain());
        seen.sort();
        assert_eq!(seen, [2, 3]);
    });
}
