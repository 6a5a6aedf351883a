//! Models of the structures without locks, and of the limbo that what was taken out waits in.
//!
//! Checked in each: no node is used after its end (loom watches its life), no value is lost or comes out twice, the collector destroys
//! what is out of reach and nothing else. docs/collector.md lists the mutants that each kills.
#![cfg(loom)]

mod loom_watched;

use freehold::lockfree::{Map, Queue, Stack};
use freehold::{Gc, Trace, Tracer, model};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use loom_watched::{Watched, expect_empty, model, model_with};
use std::hash::{BuildHasherDefault, Hasher};

/// A word that threads add to in passing, which orders nothing: loom tries both orders of two threads that pass.
#[derive(Clone)]
struct Gate(Arc<AtomicUsize>);

impl Gate {
    fn new() -> Self {
        Gate(Arc::new(AtomicUsize::new(0)))
    }

    fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

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

/// A value that is written by the thread that makes it: whoever reads it without having synchronised races with that.
struct Written(UnsafeCell<u32>);

// SAFETY: loom watches the accesses.
unsafe impl Sync for Written {}

impl Written {
    fn new() -> Self {
        let written = Written(UnsafeCell::new(0));
        // SAFETY: loom reports a race with a reader.
        written.0.with_mut(|value| unsafe { *value = 1 });
        written
    }

    fn check(&self) {
        // SAFETY: loom reports a race with the writer.
        self.0.with(|value| assert_eq!(unsafe { *value }, 1));
    }
}

#[test]
fn what_was_done_before_a_push_on_a_stack_is_seen_after_the_pop() {
    model(|| {
        let (stack, gate) = (Arc::new(Stack::new()), Gate::new());
        let other = {
            let (stack, gate) = (stack.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                stack.push(Written::new());
                gate.pass();
            })
        };
        gate.pass();
        if let Some(written) = stack.pop() {
            written.check();
        }
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn what_was_done_before_a_push_on_a_queue_is_seen_after_the_pop() {
    model(|| {
        let (queue, gate) = (Arc::new(Queue::new()), Gate::new());
        let other = {
            let (queue, gate) = (queue.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                queue.push(Written::new());
                gate.pass();
            })
        };
        gate.pass();
        if let Some(written) = queue.pop() {
            written.check();
        }
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn what_was_done_before_an_insertion_is_seen_after_the_look_up() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Written::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                map.insert(1, Written::new());
                map.insert(2, Written::new());
                gate.pass();
            })
        };
        gate.pass();
        map.get(&1).unwrap().check();
        if let Some(written) = map.get(&2) {
            written.check();
        }
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn an_update_replaces_what_it_has_seen() {
    model(|| {
        let map = Arc::new(OneRun::default());
        map.insert(1, 0);
        let add = |count: Option<&u32>| Some(count.map_or(1, |count| count + 1));
        let other = {
            let map = map.clone();
            thread::spawn(move || map.update(1, add).map(|count| *count))
        };
        map.update(1, add);
        other.join().unwrap();
        assert_eq!(map.get(&1).map(|count| *count), Some(2));
    });
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

/// All keys in one run of slots.
#[derive(Default)]
struct Same;

impl Hasher for Same {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, _: &[u8]) {}
}

type OneRun<V> = Map<u8, V, BuildHasherDefault<Same>>;

#[test]
fn a_value_is_looked_at_while_it_is_removed() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Watched::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                // The thread's record is there before.
                assert!(map.get(&2).is_none());
                gate.pass();
                map.get(&1).map(|watched| watched.check());
                gate.pass();
            })
        };
        gate.pass();
        drop(map.remove(&1));
        model::flush();
        gate.pass();
        other.join().unwrap();
        assert!(map.get(&1).is_none());
    });
}

/// The remover is alone with its record, or the other takes one in time to be seen.
#[test]
fn a_thread_looks_for_the_first_time_while_a_value_is_removed() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, Watched::new());
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                map.get(&1).map(|watched| watched.check());
                gate.pass();
            })
        };
        gate.pass();
        drop(map.remove(&1));
        model::flush();
        gate.pass();
        other.join().unwrap();
    });
}

#[test]
fn a_value_is_found_while_the_table_is_replaced() {
    model(|| {
        let (map, gate) = (Arc::new(OneRun::default()), Gate::new());
        map.insert(1, 1);
        let other = {
            let (map, gate) = (map.clone(), gate.clone());
            thread::spawn(move || {
                gate.pass();
                let value = map.get(&1).map(|value| *value);
                gate.pass();
                value
            })
        };
        gate.pass();
        map.insert(2, 2);
        gate.pass();
        assert_eq!(other.join().unwrap(), Some(1));
    });
}

#[test]
fn two_threads_make_one_value() {
    model(|| {
        let map = Arc::new(OneRun::default());
        let other = {
            let map = map.clone();
            thread::spawn(move || *map.get_or_insert_with(1, || 1))
        };
        let mine = *map.get_or_insert_with(1, || 2);
        assert_eq!(other.join().unwrap(), mine);
    });
}

/// A node whose edges change without a lock.
struct Node {
    watched: Watched,
    stack: Stack<Gc<Node>>,
    queue: Queue<Gc<Node>>,
    /// An edge that cannot change.
    fixed: Option<Gc<Node>>,
}

// SAFETY: each structure is shown once.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer) {
        self.watched.check();
        self.stack.trace(tracer);
        self.queue.trace(tracer);
        self.fixed.trace(tracer);
    }
}

fn node_with(fixed: Option<Gc<Node>>) -> Gc<Node> {
    Gc::new(Node {
        watched: Watched::new(),
        stack: Stack::new(),
        queue: Queue::new(),
        fixed,
    })
}

fn node() -> Gc<Node> {
    node_with(None)
}

/// A handle to a node that holds itself is taken out of the node, while the collector looks.
fn take_behind_the_collector(put: fn(&Node, Gc<Node>), take: fn(&Node) -> Option<Gc<Node>>) {
    model(move || {
        let node = node();
        put(&node, node.clone());
        let collector = thread::spawn(model::collect);
        let taken = take(&node).unwrap();
        drop(node);
        taken.watched.check();
        collector.join().unwrap();
        taken.watched.check();
        drop(taken);
        expect_empty();
    });
}

#[test]
fn a_handle_is_popped_from_a_stack_behind_the_collector() {
    take_behind_the_collector(|node, handle| node.stack.push(handle), |node| node.stack.pop());
}

#[test]
fn a_handle_is_popped_from_a_queue_behind_the_collector() {
    take_behind_the_collector(|node, handle| node.queue.push(handle), |node| node.queue.pop());
}

/// Two nodes hold each other; a handle moves from one to the other and back, while the collector looks.
fn move_behind_the_collector(put: fn(&Node, Gc<Node>), take: fn(&Node) -> Option<Gc<Node>>) {
    model(move || {
        let (left, right) = (node(), node());
        put(&left, right.clone());
        put(&right, left.clone());
        drop(right);
        let collector = thread::spawn(model::collect);
        let right = take(&left).unwrap();
        let back = take(&right).unwrap();
        drop(left);
        put(&back, right);
        back.watched.check();
        collector.join().unwrap();
        let right = take(&back).unwrap();
        right.watched.check();
        put(&right, back);
        drop(right);
        expect_empty();
    });
}

#[test]
fn handles_move_among_stacks_behind_the_collector() {
    move_behind_the_collector(|node, handle| node.stack.push(handle), |node| node.stack.pop());
}

#[test]
fn handles_move_among_queues_behind_the_collector() {
    move_behind_the_collector(|node, handle| node.queue.push(handle), |node| node.queue.pop());
}

/// b → a → x. The mutator comes through b, takes x out of a, and leaves b in a cycle of its own. A collector that looked at a and x
/// before, and at b after, sees counts that add up: only what it noted of a's structure tells.
fn close_a_cycle_behind_the_collector(put: fn(&Node, Gc<Node>), take: fn(&Node) -> Option<Gc<Node>>) {
    model(move || {
        let (x, a) = (node(), node());
        put(&a, x);
        let b = node_with(Some(a));
        let mutator = thread::spawn(move || {
            let x = take(b.fixed.as_ref().unwrap()).unwrap();
            put(&b, b.clone());
            drop(b);
            x
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        expect_empty();
    });
}

#[test]
fn a_mutator_pops_from_a_stack_and_then_closes_a_cycle_over_it() {
    close_a_cycle_behind_the_collector(|node, handle| node.stack.push(handle), |node| node.stack.pop());
}

#[test]
fn a_mutator_pops_from_a_queue_and_then_closes_a_cycle_over_it() {
    close_a_cycle_behind_the_collector(|node, handle| node.queue.push(handle), |node| node.queue.pop());
}

/// The same, and another node takes the place of the one that was popped, perhaps in its memory.
fn replace_behind_the_collector(put: fn(&Node, Gc<Node>), take: fn(&Node) -> Option<Gc<Node>>) {
    model(move || {
        let (x, a, other) = (node(), node(), node());
        put(&a, x);
        let b = node_with(Some(a));
        let mutator = thread::spawn(move || {
            let a = b.fixed.as_ref().unwrap();
            let x = take(a).unwrap();
            put(a, other);
            put(&b, b.clone());
            drop(b);
            x
        });
        model::collect();
        let x = mutator.join().unwrap();
        x.watched.check();
        drop(x);
        expect_empty();
    });
}

#[test]
fn a_mutator_replaces_what_is_in_a_stack_and_then_closes_a_cycle_over_it() {
    replace_behind_the_collector(|node, handle| node.stack.push(handle), |node| node.stack.pop());
}

#[test]
fn a_mutator_replaces_what_is_in_a_queue_and_then_closes_a_cycle_over_it() {
    replace_behind_the_collector(|node, handle| node.queue.push(handle), |node| node.queue.pop());
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

/// As many pops of the next block as there had been of the first.
#[test]
fn a_mutator_goes_on_to_the_next_block_and_then_closes_a_cycle_over_it() {
    model(|| {
        let a = node();
        for _ in 0..3 {
            a.queue.push(node());
        }
        drop(a.queue.pop());
        let b = node_with(Some(a));
        let mutator = thread::spawn(move || {
            let a = b.fixed.as_ref().unwrap();
            let taken = [a.queue.pop().unwrap(), a.queue.pop().unwrap()];
            b.queue.push(b.clone());
            drop(b);
            taken
        });
        model::collect();
        let taken = mutator.join().unwrap();
        taken.iter().for_each(|node| node.watched.check());
        drop(taken);
        expect_empty();
    });
}

/// What is in a structure owns more than its place: the collector must not be at it when it is dropped.
struct Owner {
    stack: Stack<Box<Item>>,
    queue: Queue<Box<Item>>,
}

struct Item(Watched);

// SAFETY: it holds no handle; `may_hold_gc` stays true, so that the collector looks.
unsafe impl Trace for Item {
    fn trace(&self, _: &mut Tracer) {
        self.0.check();
    }
}

// SAFETY: each structure is shown once.
unsafe impl Trace for Owner {
    fn trace(&self, tracer: &mut Tracer) {
        self.stack.trace(tracer);
        self.queue.trace(tracer);
    }
}

/// An item is popped and dropped while the collector is on its way to it.
fn drop_behind_the_collector(put: fn(&Owner, Box<Item>), take: fn(&Owner) -> Option<Box<Item>>) {
    model(move || {
        let owner = Gc::new(Owner {
            stack: Stack::new(),
            queue: Queue::new(),
        });
        put(&owner, Box::new(Item(Watched::new())));
        let mutator = {
            let owner = owner.clone();
            thread::spawn(move || drop(take(&owner)))
        };
        model::collect();
        mutator.join().unwrap();
        drop(owner);
        expect_empty();
    });
}

#[test]
fn an_item_is_popped_from_a_stack_and_dropped_behind_the_collector() {
    drop_behind_the_collector(|owner, item| owner.stack.push(item), |owner| owner.stack.pop());
}

#[test]
fn an_item_is_popped_from_a_queue_and_dropped_behind_the_collector() {
    drop_behind_the_collector(|owner, item| owner.queue.push(item), |owner| owner.queue.pop());
}
