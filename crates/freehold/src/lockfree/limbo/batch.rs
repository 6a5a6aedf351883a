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
    waiting: Mutex<Waiting>,
    /// How many nodes are in them, and on their way out. Relaxed: for the pace.
    nodes: AtomicUsize,
}

struct Waiting {
    batches: VecDeque<Batch>,
    /// How many there ever were.
    added: u64,
}

impl Waiting {
    const fn new() -> Self {
        Waiting {
            batches: VecDeque::new(),
            added: 0,
        }
    }

    /// How many are given back, or about to be.
    fn gone(&self) -> u64 {
        self.added - self.batches.len() as u64
    }
}

/// The lock of some batches, held across a fork.
#[cfg(not(loom))]
pub(super) struct Held {
    _waiting: std::sync::MutexGuard<'static, Waiting>,
}

impl Batches {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Batches {
            waiting: Mutex::new(Waiting::new()),
            nodes: AtomicUsize::new(0),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Batches {
            waiting: Mutex::new(Waiting::new()),
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
            _waiting: self.waiting.lock(),
        }
    }

    /// Adds a batch.
    pub(super) fn add(&self, nodes: Vec<Retired>) {
        self.nodes.fetch_add(nodes.len(), Ordering::Relaxed);
        let batch = Batch { nodes, pinned: scan() };
        let mut waiting = self.waiting.lock();
        waiting.batches.push_back(batch);
        waiting.added += 1;
    }

    /// How many batches there ever were.
    pub(super) fn added(&self) -> u64 {
        self.waiting.lock().added
    }

    /// Gives back batches that nobody can see into any more, at most so many. Whether some are left.
    pub(super) fn give_back_some(&self, most: usize) -> bool {
        for _ in 0..most {
            let Some(batch) = self.next_ready(u64::MAX) else { break };
            self.give_back(batch);
        }
        !self.waiting.lock().batches.is_empty()
    }

    /// Gives back those of the first `last` batches that nobody can see into any more. Whether some of these are left.
    pub(super) fn give_back_until(&self, last: u64) -> bool {
        while let Some(batch) = self.next_ready(last) {
            self.give_back(batch);
        }
        self.waiting.lock().gone() < last
    }

    /// No lock is held meanwhile.
    fn give_back(&self, batch: Batch) {
        let nodes = batch.nodes.len();
        batch.nodes.into_iter().for_each(Retired::give_back);
        self.nodes.fetch_sub(nodes, Ordering::Relaxed);
    }

    fn next_ready(&self, last: u64) -> Option<Batch> {
        let mut waiting = self.waiting.lock();
        if waiting.gone() >= last || !waiting.batches.front_mut()?.is_ready() {
            return None;
        }
        waiting.batches.pop_front()
    }
}
