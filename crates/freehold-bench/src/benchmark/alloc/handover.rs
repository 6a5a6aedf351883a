//! *producer and consumer*: half of the threads allocate batches of blocks, the other half free them.
//!
//! Every free is one of a block that another thread allocated, which an allocator with heaps for threads has to bring
//! back to where it came from. The queues are bounded, so that both sides go at the pace of the slower one.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::timing::Timing;
use crate::block::{Block, Sizes};
use crate::clock::Stopwatch;
use crate::random::Random;

/// Blocks of a batch, which is a vector and so another block.
const BATCH: usize = 100;

/// Batches that may wait.
const WAITING: usize = 64;

/// Pairs of threads, one of which frees what the other allocates.
pub struct Handover {
    /// Batches for each pair.
    batches: usize,
}

impl Handover {
    /// Five million blocks for each pair.
    pub const FULL: Self = Self { batches: 50_000 };

    /// An operation is a block on its way from the one thread to the other.
    pub fn run(&self, threads: usize, seed: u64) -> Timing {
        let pairs = (threads / 2).max(1);
        let watch = Stopwatch::start();
        thread::scope(|scope| {
            for pair in 0..pairs {
                let (sender, receiver) = sync_channel(WAITING);
                scope.spawn(move || self.produce(&sender, Random::of_thread(seed, pair)));
                scope.spawn(move || consume(&receiver));
            }
        });
        Timing::of(&watch, pairs, self.batches * BATCH)
    }

    fn produce(&self, sender: &SyncSender<Vec<Block>>, mut random: Random) {
        for _ in 0..self.batches {
            let batch = (0..BATCH).map(|_| Block::new(Sizes::SMALL.draw(&mut random)));
            sender.send(batch.collect()).expect("the consumer takes all");
        }
    }
}

/// Frees all that comes; says how many blocks came.
fn consume(receiver: &Receiver<Vec<Block>>) -> usize {
    receiver.iter().map(|batch| batch.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_produced_is_consumed() {
        let (sender, receiver) = sync_channel(WAITING);
        let part = Handover { batches: 20 };
        let taken = thread::scope(|scope| {
            let consumer = scope.spawn(move || consume(&receiver));
            part.produce(&sender, Random::new(1));
            drop(sender);
            consumer.join().unwrap()
        });
        assert_eq!(taken, 20 * BATCH);
    }

    #[test]
    fn there_is_one_pair_at_least() {
        for threads in [1, 2, 5] {
            assert!(Handover { batches: 5 }.run(threads, 1).wall() > 0.0);
        }
    }
}
