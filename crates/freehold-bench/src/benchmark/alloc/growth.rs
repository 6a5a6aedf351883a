//! *growth*: vectors grow side by side by pushes, which is what `realloc` is mostly called for.
//!
//! Small vectors show what a move between size classes costs; large ones whether a block grows where it is, is moved by
//! the system's page tables, or is copied.

use std::hint::black_box;

use super::timing::Timing;
use crate::clock::Stopwatch;
use crate::random::Random;

/// Vectors of words, side by side.
pub struct Growth {
    /// Vectors that grow at the same time.
    vectors: usize,
    /// Words that a vector has in the end.
    words: usize,
    /// Words that are pushed onto one vector before another's turn.
    stretch: usize,
    /// How often all of it is done.
    rounds: usize,
}

impl Growth {
    /// A thousand vectors up to 2 KiB.
    pub const SMALL: Self = Self {
        vectors: 1_000,
        words: 256,
        stretch: 2,
        rounds: 150,
    };

    /// Four vectors up to 32 MiB.
    pub const LARGE: Self = Self {
        vectors: 4,
        words: 4 << 20,
        stretch: 1_000,
        rounds: 3,
    };

    /// An operation is a push.
    pub fn run(&self, seed: u64) -> Timing {
        let mut random = Random::new(seed);
        let watch = Stopwatch::start();
        for _ in 0..self.rounds {
            drop(black_box(self.grow(&mut random)));
        }
        Timing::of(&watch, 1, self.vectors * self.words * self.rounds)
    }

    /// Pushes onto vectors drawn at random; those that came short in the end get the rest.
    fn grow(&self, random: &mut Random) -> Vec<Vec<u64>> {
        let mut vectors = vec![Vec::new(); self.vectors];
        for _ in 0..self.vectors * self.words / self.stretch {
            push(&mut vectors[random.below(self.vectors)], self.words, self.stretch);
        }
        vectors
            .iter_mut()
            .for_each(|vector| push(vector, self.words, self.words));
        vectors
    }
}

/// Pushes so many words one by one, up to a length.
fn push(vector: &mut Vec<u64>, most: usize, words: usize) {
    for word in 0..words.min(most - vector.len()) {
        vector.push(black_box(word as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_vectors_reach_their_length() {
        let part = Growth {
            vectors: 7,
            words: 100,
            stretch: 3,
            rounds: 2,
        };
        let vectors = part.grow(&mut Random::new(1));
        assert!(vectors.iter().all(|vector| vector.len() == 100));
        assert_eq!(vectors.len(), 7);
        assert!(part.run(1).wall() > 0.0);
    }
}
