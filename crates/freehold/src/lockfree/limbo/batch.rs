//! Batches of retired nodes, in the order in which they came, each with the records that may still see into it.
//!
//! A record that keeps a batch waiting, and has not changed, keeps all later ones waiting too. So only the first is asked about.

use super::record::{Record, all};
use super::{Retired, own};
use crate::primitive::{AtomicUsize, Mutex, Ordering, fence, heavy_barrier};
use std::collections::VecDeque;
use std::ptr;

struct Batch {
    nodes: Vec<Retired>,
    /// Records that were pinned after the nodes had been taken out, with their numbers. `None`: there was no barrier yet.
    pinned: Option<Vec<(&'static Record, usize)>>,
}

impl Batch {
    fn is_ready(&mut self) -> bool {
        if self.pinned.is_none() {
            self.pinned = scan();
        }
        let Some(pinned) = &mut self.pinned else { return false };
        pinned.retain(|(record, state)| record.state() == *state);
        pinned.is_empty()
    }
}

/// The records that are pinned; `None` if the system refuses a barrier.
fn scan() -> Option<Vec<(&'static Record, usize)>> {
    // Pairs with the fence of `lease`: whoever takes a record after this sees what was taken out before it. If no other
    // thread has one, that is enough.
    fence(Ordering::SeqCst);
    let own = own().map(ptr::from_ref);
    let is_alone = all().all(|record| !record.is_taken() || own == Some(ptr::from_ref(record)));
    // Pairs with the light barrier of `enter`.
    (is_alone || heavy_barrier()).then(|| {
        let states = all().map(|record| (record, record.state()));
        states.filter(|(_, state)| state % 2 == 1).collect()
    })
}

/// Batches that wait.
pub(super) struct Batches {
    waiting: Mutex<VecDeque<Batch>>,
    /// How many nodes are in them, and on their way out. Relaxed: for the pace.
    nodes: AtomicUsize,
}

/// The lock of some batches, held across a fork.
#[cfg(not(loom))]
pub(super) struct Held {
    _batches: std::sync::MutexGuard<'static, VecDeque<Batch>>,
}

impl Batches {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Batches {
            waiting: Mutex::new(VecDeque::new()),
            nodes: AtomicUsize::new(0),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Batches {
            waiting: Mutex::new(VecDeque::new()),
            nodes: AtomicUsize::new(0),
        }
    }

    /// How many nodes wait, or are on their way out.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.load(Ordering::Relaxed)
    }

    #[cfg(not(loom))]
    pub(super) fn hold(&'static self) -> Held {
        Held {
            _batches: self.waiting.lock(),
        }
    }

    /// Adds a batch.
    pub(super) fn add(&self, nodes: Vec<Retired>) {
        self.nodes.fetch_add(nodes.len(), Ordering::Relaxed);
        let batch = Batch { nodes, pinned: scan() };
        self.waiting.lock().push_back(batch);
    }

    /// Gives back batches that nobody can see into any more, at most so many. No lock is held meanwhile. Whether some are left.
    pub(super) fn give_back_ready(&self, most: usize) -> bool {
        for _ in 0..most {
            let Some(batch) = self.next_ready() else { break };
            let nodes = batch.nodes.len();
            batch.nodes.into_iter().for_each(Retired::give_back);
            self.nodes.fetch_sub(nodes, Ordering::Relaxed);
        }
        !self.waiting.lock().is_empty()
    }

    fn next_ready(&self) -> Option<Batch> {
        let mut waiting = self.waiting.lock();
        match waiting.front_mut()?.is_ready() {
            true => waiting.pop_front(),
            false => None,
        }
    }
}
