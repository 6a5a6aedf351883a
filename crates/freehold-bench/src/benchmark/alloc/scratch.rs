//! *cache-scratch*: whether an allocator puts blocks of two threads into one cache line.
//!
//! The first thread allocates a small block for each of the others, one after the other; each frees the one that it was
//! given, then over and over allocates one, writes to it many times and frees it (Berger et al., *Hoard*, ASPLOS 2000).
//! An allocator that gives the threads pieces of one line, or gives them back the neighbours that they freed, makes every
//! write wait for the other core: several times the time of one that does not.

use std::sync::{Barrier, Mutex};

use super::timing::{Timing, on_each};
use crate::block::Block;
use crate::clock::Stopwatch;

/// Writes to each block.
const WRITES: usize = 100;

/// Threads that write to small blocks of their own.
pub struct Scratch {
    /// Blocks for each thread, one at a time.
    blocks: usize,
}

impl Scratch {
    /// Three hundred thousand blocks.
    pub const FULL: Self = Self { blocks: 300_000 };

    /// An operation is a block allocated, written to a hundred times and freed.
    pub fn run(&self, threads: usize) -> Timing {
        let given: Vec<Mutex<Option<Block>>> = (0..threads).map(|_| Mutex::new(Some(small()))).collect();
        let start = Barrier::new(threads);
        let watch = Stopwatch::start();
        on_each(threads, |index| {
            let own = given[index].lock().expect("nobody panicked").take();
            start.wait();
            drop(own);
            for _ in 0..self.blocks {
                small().scribble(WRITES);
            }
        });
        Timing::of(&watch, threads, self.blocks)
    }
}

fn small() -> Block {
    Block::new(Block::LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_scratch_blocks_of_their_own() {
        assert!(Scratch { blocks: 100 }.run(3).wall() > 0.0);
    }
}
