//! *small churn* and *mixed sizes*: random blocks of a table make place for new ones, by threads with a table each.

use super::timing::{Timing, repeated};
use crate::block::{Sizes, replace, table};
use crate::random::Random;

/// Replacements in tables of live blocks.
pub struct Churn {
    sizes: Sizes,
    /// Blocks alive at any time, for each thread.
    slots: usize,
    /// Blocks that go and come, for each thread.
    replacements: usize,
}

impl Churn {
    /// Blocks of 8 to 256 bytes, some 3 MiB for each thread.
    pub const SMALL: Self = Self {
        sizes: Sizes::SMALL,
        slots: 20_000,
        replacements: 12_000_000,
    };

    /// Blocks of 8 bytes to 32 KiB, each doubling as likely as any other: some 8 MiB for each thread.
    pub const MIXED: Self = Self {
        sizes: Sizes::MIXED,
        slots: 2_000,
        replacements: 5_000_000,
    };

    /// An operation is a free and an allocation.
    pub fn run(&self, threads: usize, seed: u64) -> Timing {
        repeated(threads, self.replacements, |index| {
            let mut random = Random::of_thread(seed, index);
            let mut blocks = table(self.slots, self.sizes, &mut random);
            move || replace(&mut blocks, self.sizes, &mut random)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_and_several_churn() {
        for threads in [1, 3] {
            for whole in [Churn::SMALL, Churn::MIXED] {
                let part = Churn {
                    slots: 50,
                    replacements: 5_000,
                    ..whole
                };
                assert!(part.run(threads, 1).wall() > 0.0);
            }
        }
    }
}
