//! A small generator of random numbers: SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number
//! Generators*, OOPSLA 2014).
//!
//! One addition, three shifts and two multiplications a number; the same seed gives every peer the same work.

/// The state of a generator.
pub struct Random(u64);

impl Random {
    /// A generator whose numbers depend on the seed alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator for one of several threads, whose numbers have nothing to do with those of the others.
    pub fn of_thread(seed: u64, index: usize) -> Self {
        Self(seed ^ ((index as u64) << 32))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, by Lemire's multiplication; the bias for bounds this small is far below the noise.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_stay_below_the_bound_and_reach_all_of_it() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 4];
        for _ in 0..4_000 {
            seen[random.below(4)] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
    }

    #[test]
    fn threads_get_different_numbers() {
        let first = [0, 1, 2].map(|index| Random::of_thread(7, index).next());
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
        assert_eq!(first[0], Random::new(7).next());
    }

    #[test]
    fn the_reference_sequence_of_seed_zero() {
        assert_eq!(Random::new(0).next(), 0xe220_a839_7b1d_cdaf);
    }
}
