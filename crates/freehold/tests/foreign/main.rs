//! Locks of `std` and `parking_lot` inside the heap: cycles through them are collected, whoever takes them waits for a bounded time,
//! and nothing is lost. `--all-features` for parking_lot's.

mod cycles;
mod kinds;
mod nested;
mod panics;
mod racing;
// ThreadSanitizer does not see what std's locks order.
#[cfg(not(tsan))]
mod waiting;

use freehold::{Gc, Trace, Tracer, gc};
use kinds::Kind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// A node whose links are behind a lock of some kind. Counts its drop.
struct Node<K: Kind> {
    links: K::Lock<Vec<Gc<Node<K>>>>,
    member: Member,
}

// SAFETY: the links are shown once, by their lock.
unsafe impl<K: Kind> Trace for Node<K> {
    fn trace(&self, tracer: &mut Tracer) {
        self.links.trace(tracer);
    }
}

impl<K: Kind> Node<K> {
    fn new(drops: &Arc<AtomicUsize>) -> Gc<Node<K>> {
        Gc::new(Node {
            links: K::new(Vec::new()),
            member: Member {
                alive: AtomicBool::new(true),
                drops: drops.clone(),
            },
        })
    }

    fn push(&self, node: Gc<Node<K>>) {
        K::with(&self.links, |links| links.push(node));
    }

    fn take(&self, choice: usize) -> Option<Gc<Node<K>>> {
        K::with(&self.links, |links| {
            let index = choice.checked_rem(links.len())?;
            Some(links.swap_remove(index))
        })
    }

    fn get(&self, choice: usize) -> Option<Gc<Node<K>>> {
        K::read(&self.links, |links| {
            Some(links[choice.checked_rem(links.len())?].clone())
        })
    }

    /// A node that is reachable was not dropped.
    fn check(&self) {
        assert!(self.member.alive.load(SeqCst), "reachable, and dropped");
    }
}

/// Dropped with its node, once.
struct Member {
    alive: AtomicBool,
    drops: Arc<AtomicUsize>,
}

impl Drop for Member {
    fn drop(&mut self) {
        assert!(self.alive.swap(false, SeqCst), "dropped twice");
        self.drops.fetch_add(1, SeqCst);
    }
}

/// One test at a time, and no collection that the test does not ask for.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let guard = ALONE.lock();
    gc::disable();
    gc::collect();
    guard
}

/// Nodes in a ring, each linked in both directions.
fn ring<K: Kind>(number: usize, drops: &Arc<AtomicUsize>) -> Vec<Gc<Node<K>>> {
    let nodes: Vec<_> = (0..number).map(|_| Node::new(drops)).collect();
    for (index, node) in nodes.iter().enumerate() {
        let next = &nodes[(index + 1) % number];
        node.push(next.clone());
        next.push(node.clone());
    }
    nodes
}

fn dropped(drops: &Arc<AtomicUsize>) -> usize {
    drops.load(SeqCst)
}
