//! *peak then trim*: a peak of 320 MiB in blocks of all sizes, of which one in 32 is left.
//!
//! Threads fill tables, free all blocks but one in 32, in random order, and end; the rest is spread over all of the memory and
//! stays alive while it is looked at. No allocator that does not move blocks can give back all of the pages in between,
//! and how many it can is a question of how it lays them out.

use std::sync::Barrier;

use super::timing::{Timing, on_each};
use crate::block::{Block, Sizes};
use crate::clock::Stopwatch;
use crate::random::Random;

/// Small blocks for each one of any size: about as many bytes are in small blocks as in others.
const SMALL: usize = 29;

/// One block of this many stays.
const PART: usize = 32;

/// A peak.
pub struct Peak {
    /// What the blocks come to, without what the allocator adds.
    pub bytes: usize,
}

impl Peak {
    /// 320 MiB.
    pub const FULL: Self = Self { bytes: 320 << 20 };

    /// An operation is a block, which is allocated and filled; the free of most of them is part of the time. Also
    /// returns the blocks that are left.
    pub fn run(&self, threads: usize, seed: u64) -> (Timing, Vec<Vec<Block>>) {
        let full = Barrier::new(threads);
        let watch = Stopwatch::start();
        let made = on_each(threads, |index| {
            let mut random = Random::of_thread(seed, index);
            let mut blocks = fill(self.bytes / threads, &mut random);
            let made = blocks.len();
            // Nobody frees before everybody has filled, or the peak would be a matter of luck.
            full.wait();
            shuffle(&mut blocks, &mut random);
            // In a vector of its own, so that the table of all is freed as well.
            let rest = blocks.split_off(made - made / PART);
            drop(blocks);
            (made, rest)
        });
        let total: usize = made.iter().map(|(made, _)| made).sum();
        let timing = Timing::of(&watch, threads, total / threads);
        (timing, made.into_iter().map(|(_, blocks)| blocks).collect())
    }
}

/// Blocks that come to so many bytes.
fn fill(bytes: usize, random: &mut Random) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut filled = 0;
    while filled < bytes {
        let sizes = if random.below(SMALL + 1) == 0 {
            Sizes::MIXED
        } else {
            Sizes::SMALL
        };
        let size = sizes.draw(random);
        blocks.push(Block::filled(size));
        filled += size;
    }
    blocks
}

/// Any order, each as likely as any other (Fisher and Yates).
fn shuffle(blocks: &mut [Block], random: &mut Random) {
    for last in (1..blocks.len()).rev() {
        blocks.swap(last, random.below(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_32_is_left() {
        let (timing, rest) = Peak { bytes: 4 << 20 }.run(2, 1);
        let left: usize = rest.iter().map(Vec::len).sum();
        assert!(timing.wall() > 0.0);
        assert_eq!(rest.len(), 2);
        // 2 MiB a thread, half of it in blocks of 132 bytes on average: some 8000 blocks.
        assert!((400..650).contains(&left), "{left}");
    }

    #[test]
    fn a_shuffle_keeps_every_block_and_changes_the_order() {
        let mut blocks: Vec<Block> = (8..200).map(Block::new).collect();
        let before: Vec<usize> = blocks.iter().map(Block::size).collect();
        shuffle(&mut blocks, &mut Random::new(5));
        let mut after: Vec<usize> = blocks.iter().map(Block::size).collect();
        assert_ne!(before, after);
        after.sort_unstable();
        assert_eq!(before, after);
    }
}
