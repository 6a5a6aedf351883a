//! *stack*: pairs of push and pop (see `sequence`).

use std::sync;

use freehold::lockfree::Stack;

use super::super::alloc::timing::Timing;
use super::sequence::{Sequence, pairs};
use super::{Job, Kind, no_such_peer, report};

const PEERS: &[&str] = &["Mutex of Vec", "std Mutex of Vec", "freehold"];

pub const KINDS: &[Kind] = &[Kind {
    title: "stack, pairs",
    least: 1,
    peers: PEERS,
    measure: |threads, job| Ok(report(threads, on_pairs(threads, job)?)),
}];

/// Pairs of each thread.
const PAIRS: usize = 4_000_000;

fn on_pairs(threads: usize, job: &Job) -> Result<Timing, String> {
    match job.peer.as_str() {
        "Mutex of Vec" => Ok(pairs::<parking_lot::Mutex<Vec<u64>>>(threads, PAIRS)),
        "std Mutex of Vec" => Ok(pairs::<sync::Mutex<Vec<u64>>>(threads, PAIRS)),
        "freehold" => Ok(pairs::<Stack<u64>>(threads, PAIRS)),
        _ => no_such_peer(job),
    }
}

impl Sequence for parking_lot::Mutex<Vec<u64>> {
    fn new() -> Self {
        Self::default()
    }

    fn push(&self, number: u64) {
        self.lock().push(number);
    }

    fn pop(&self) -> Option<u64> {
        self.lock().pop()
    }
}

impl Sequence for sync::Mutex<Vec<u64>> {
    fn new() -> Self {
        Self::default()
    }

    fn push(&self, number: u64) {
        self.lock().expect("nobody panics under the lock").push(number);
    }

    fn pop(&self) -> Option<u64> {
        self.lock().expect("nobody panics under the lock").pop()
    }
}

impl Sequence for Stack<u64> {
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
    fn every_stack_gives_what_was_put_in() {
        check::<parking_lot::Mutex<Vec<u64>>>();
        check::<sync::Mutex<Vec<u64>>>();
        check::<Stack<u64>>();
    }
}
