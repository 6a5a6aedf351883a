//! *queue*: pairs of push and pop, and producers and consumers (see `sequence`).

use std::collections::VecDeque;

use crossbeam_queue::SegQueue;
use freehold::lockfree::Queue;
use parking_lot::Mutex;

use super::super::alloc::timing::Timing;
use super::sequence::{Sequence, handover, pairs};
use super::{Job, Kind, no_such_peer, report};

const PEERS: &[&str] = &["SegQueue", "Mutex of VecDeque", "freehold"];

pub const KINDS: &[Kind] = &[
    Kind {
        title: "queue, pairs",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, on_pairs(threads, job)?)),
    },
    Kind {
        title: "queue, producers and consumers",
        least: 2,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, on_handover(threads, job)?)),
    },
];

/// Pairs of each thread.
const PAIRS: usize = 4_000_000;

/// Numbers that go through the queue, for each thread.
const HANDED_OVER: usize = 1_000_000;

fn on_pairs(threads: usize, job: &Job) -> Result<Timing, String> {
    match job.peer.as_str() {
        "SegQueue" => Ok(pairs::<SegQueue<u64>>(threads, PAIRS)),
        "Mutex of VecDeque" => Ok(pairs::<Mutex<VecDeque<u64>>>(threads, PAIRS)),
        "freehold" => Ok(pairs::<Queue<u64>>(threads, PAIRS)),
        _ => no_such_peer(job),
    }
}

fn on_handover(threads: usize, job: &Job) -> Result<Timing, String> {
    match job.peer.as_str() {
        "SegQueue" => Ok(handover::<SegQueue<u64>>(threads, HANDED_OVER)),
        "Mutex of VecDeque" => Ok(handover::<Mutex<VecDeque<u64>>>(threads, HANDED_OVER)),
        "freehold" => Ok(handover::<Queue<u64>>(threads, HANDED_OVER)),
        _ => no_such_peer(job),
    }
}

impl Sequence for SegQueue<u64> {
    fn new() -> Self {
        Self::new()
    }

    fn push(&self, number: u64) {
        self.push(number);
    }

    fn pop(&self) -> Option<u64> {
        self.pop()
    }
}

impl Sequence for Mutex<VecDeque<u64>> {
    fn new() -> Self {
        Self::default()
    }

    fn push(&self, number: u64) {
        self.lock().push_back(number);
    }

    fn pop(&self) -> Option<u64> {
        self.lock().pop_front()
    }
}

impl Sequence for Queue<u64> {
    fn new() -> Self {
        Self::new()
    }

    fn push(&self, number: u64) {
        self.push(number);
    }

    fn pop(&self) -> Option<u64> {
        self.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sequence::check;
    use super::*;

    #[test]
    fn every_queue_gives_what_was_put_in() {
        check::<SegQueue<u64>>();
        check::<Mutex<VecDeque<u64>>>();
        check::<Queue<u64>>();
    }
}
