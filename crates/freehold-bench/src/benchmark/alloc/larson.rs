//! *larson*: a thread replaces random blocks of a table, hands the table to a new thread and ends; several such chains
//! run side by side.
//!
//! What servers do whose requests are served by one thread after another (Larson and Krishnan, *Memory Allocation for
//! Long-Running Server Applications*, ISMM 1998): most blocks are freed by a thread that did not allocate them, and that
//! one has ended. It always has, before the next begins, so that what an allocator can reuse of an ended thread does not
//! depend on the scheduler. Starting the threads is part of the time.

use std::thread;

use super::timing::{Timing, on_each};
use crate::block::{Sizes, replace, table};
use crate::clock::Stopwatch;
use crate::random::Random;

/// Chains of threads.
pub struct Larson {
    /// Blocks of a table.
    slots: usize,
    /// Replacements by one thread.
    replacements: usize,
    /// Threads of a chain, one after the other.
    generations: usize,
}

impl Larson {
    /// Five thousand blocks of 8 to 1000 bytes in each table, through the hands of two hundred threads.
    pub const FULL: Self = Self {
        slots: 5_000,
        replacements: 20_000,
        generations: 200,
    };

    /// An operation is a free and an allocation.
    pub fn run(&self, threads: usize, seed: u64) -> Timing {
        let watch = Stopwatch::start();
        on_each(threads, |index| {
            let mut random = Random::of_thread(seed, index);
            let mut blocks = table(self.slots, SIZES, &mut random);
            for _ in 0..self.generations {
                let generation = || (0..self.replacements).for_each(|_| replace(&mut blocks, SIZES, &mut random));
                // Joined, since the end of a scope does not wait for what the thread does as it ends.
                thread::scope(|scope| scope.spawn(generation).join()).expect("the benchmark ran to its end");
            }
        });
        Timing::of(&watch, threads, self.replacements * self.generations)
    }
}

/// Those of the original.
const SIZES: Sizes = Sizes::UpTo(1_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_through_all_generations() {
        let part = Larson {
            slots: 100,
            replacements: 300,
            generations: 5,
        };
        assert!(part.run(2, 1).wall() > 0.0);
    }
}
