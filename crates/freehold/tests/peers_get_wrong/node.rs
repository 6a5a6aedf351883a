//! The node of the races: it knows whether it is whole, and is counted when it dies.

use freehold::sync::Mutex;
use freehold::{Gc, Trace};
use parking_lot::Mutex as Plain;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering::SeqCst};

const WHOLE: u64 = 0x5EED_5EED_5EED_5EED;

/// The nodes of a test that are alive.
#[derive(Default)]
pub struct Alive(AtomicIsize);

/// Set while the node is whole; on the process's heap, so that sanitizers watch it.
struct Mark {
    whole: Plain<Box<u64>>,
    alive: Arc<Alive>,
}

impl Drop for Mark {
    fn drop(&mut self) {
        let was = std::mem::replace(&mut **self.whole.get_mut(), 0);
        assert_eq!(was, WHOLE, "a node was dropped that was not whole");
        assert!(self.alive.0.fetch_sub(1, SeqCst) > 0, "more nodes died than were made");
    }
}

#[derive(Trace)]
pub struct Node {
    pub left: Mutex<Option<Gc<Node>>>,
    pub right: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    mark: Mark,
}

impl Alive {
    pub fn node(self: &Arc<Self>) -> Gc<Node> {
        self.0.fetch_add(1, SeqCst);
        Gc::new(Node {
            left: Mutex::new(None),
            right: Mutex::new(None),
            mark: Mark {
                whole: Plain::new(Box::new(WHOLE)),
                alive: self.clone(),
            },
        })
    }

    /// A ring by way of `right`, of `nodes` nodes.
    pub fn ring(self: &Arc<Self>, nodes: usize) -> Vec<Gc<Node>> {
        let ring: Vec<_> = (0..nodes).map(|_| self.node()).collect();
        for (index, node) in ring.iter().enumerate() {
            *node.right.lock() = Some(ring[(index + 1) % nodes].clone());
        }
        ring
    }

    pub fn count(&self) -> isize {
        self.0.load(SeqCst)
    }
}

impl Node {
    /// Fails if the node was destroyed.
    pub fn check(&self) {
        assert_eq!(**self.mark.whole.lock(), WHOLE, "a node that is held is not whole");
    }

    /// The node to the right, which is there.
    pub fn follow(&self) -> Gc<Node> {
        let next = self.right.lock().clone().expect("rings are closed");
        next.check();
        next
    }
}
