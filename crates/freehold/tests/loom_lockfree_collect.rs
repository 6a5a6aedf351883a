//! Models of collections that look into stacks and queues while threads change them.
//!
//! Checked in each: nothing is used after its drop or dropped twice, the collector destroys what is out of reach and nothing else.
//! docs/collector.md lists the mutants that each kills.
#![cfg(loom)]

mod loom_run;
mod loom_watched;

use freehold::lockfree::{Queue, Stack};
use freehold::{Gc, Trace, Tracer, model};
use loom::thread;
use loom_run::model;
use loom_watched::Watched;

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
        model::expect_empty();
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
        model::expect_empty();
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
        model::expect_empty();
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
        model::expect_empty();
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
        model::expect_empty();
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
        model::expect_empty();
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
