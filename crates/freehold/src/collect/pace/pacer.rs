//! The policy alone: numbers in, a decision out. Its inequalities are stated in [`super`].

use crate::gc::{Count, Threshold};
use crate::generation::Generation;

/// What a collection found, as far as its pace is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) generation: Generation,
    /// Slots in use when it began.
    pub(crate) used: usize,
    /// Slots that it passed over, in use or not.
    pub(crate) passed: usize,
    pub(crate) candidates: usize,
    pub(crate) collected: usize,
}

/// When to collect what.
#[derive(Debug)]
pub(crate) struct Pacer {
    threshold: Threshold,
    base: usize,
    distance: usize,
    survivors: usize,
    /// Collections of the young since the last of an older generation.
    youngs: u32,
    /// Collections of the middle-aged since the last of all.
    middles: u32,
}

impl Pacer {
    pub(crate) const fn new() -> Self {
        Pacer {
            threshold: Threshold::DEFAULT,
            base: 0,
            distance: Threshold::DEFAULT.young,
            survivors: 0,
            youngs: 0,
            middles: 0,
        }
    }

    /// The number of slots in use from which on a collection is due.
    pub(crate) const fn trigger(&self) -> usize {
        if self.threshold.young == 0 {
            return usize::MAX;
        }
        self.base.saturating_add(self.distance)
    }

    /// The number of slots in use from which on threads wait.
    pub(crate) const fn limit(&self) -> usize {
        if self.threshold.young == 0 {
            return usize::MAX;
        }
        let least = self.threshold.young.saturating_mul(6);
        self.survivors.saturating_add(self.growth(least).saturating_mul(2))
    }

    /// The number of slots in use from which on all of the heap is looked at.
    const fn all(&self) -> usize {
        self.survivors
            .saturating_add(self.growth(self.threshold.young.saturating_mul(2)))
    }

    /// How much the heap grows before all of it is looked at again, but at least `least`.
    const fn growth(&self, least: usize) -> usize {
        let growth = self.survivors.saturating_mul(self.threshold.old as usize) / 100;
        if growth > least { growth } else { least }
    }

    pub(crate) fn due(&self, used: usize) -> Option<Generation> {
        if used < self.trigger() {
            None
        } else if used >= self.all() {
            Some(Generation::Old)
        } else if self.youngs >= self.threshold.middle {
            Some(Generation::Middle)
        } else {
            Some(Generation::Young)
        }
    }

    pub(crate) fn collected(&mut self, outcome: &Outcome) {
        match outcome.generation {
            Generation::Young => self.youngs = self.youngs.saturating_add(1),
            Generation::Middle => (self.youngs, self.middles) = (0, self.middles.saturating_add(1)),
            Generation::Old => {
                (self.youngs, self.middles) = (0, 0);
                self.survivors = outcome.candidates.saturating_sub(outcome.collected);
            }
        }
        self.base = outcome.used.saturating_sub(outcome.collected);
        if outcome.generation != Generation::Old {
            self.adapt(outcome);
        }
        self.distance = self.distance.clamp(self.threshold.young, self.longest(outcome));
    }

    /// Fewer collections where they yield little, more where they yield much.
    fn adapt(&mut self, outcome: &Outcome) {
        if outcome.collected < outcome.candidates / 16 {
            self.distance = self.distance.saturating_mul(2);
        } else if outcome.collected > outcome.candidates / 2 {
            self.distance /= 2;
        }
        self.distance = self.distance.max(outcome.passed / 8);
    }

    fn longest(&self, outcome: &Outcome) -> usize {
        let passed = if outcome.generation == Generation::Old {
            0
        } else {
            outcome.passed / 8
        };
        self.threshold.young.max(self.survivors / 2).max(passed)
    }

    pub(crate) fn threshold(&self) -> Threshold {
        self.threshold
    }

    pub(crate) fn set_threshold(&mut self, threshold: Threshold) {
        self.threshold = threshold;
        self.distance = threshold.young;
    }

    pub(crate) fn count(&self, used: usize) -> Count {
        Count {
            young: used.saturating_sub(self.base),
            middle: self.youngs,
            old: self.middles,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A heap of numbers: garbage and live objects by generation.
    #[derive(Default)]
    struct Heap {
        live: [usize; 3],
        garbage: [usize; 3],
        /// Candidates looked at and slots passed over, over all collections.
        work: usize,
        collections: [usize; 3],
    }

    impl Heap {
        fn used(&self) -> usize {
            self.live.iter().sum::<usize>() + self.garbage.iter().sum::<usize>()
        }

        fn collect(&mut self, generation: Generation, pacer: &mut Pacer) {
            let oldest = generation as usize;
            let used = self.used();
            let live: usize = self.live[..=oldest].iter().sum();
            let garbage: usize = self.garbage[..=oldest].iter().sum();
            self.live[..=oldest].fill(0);
            self.garbage[..=oldest].fill(0);
            self.live[(oldest + 1).min(2)] += live;
            // Pages are shared: as many old slots are passed over as the fragmentation brings, a quarter here.
            let passed = live + garbage + used / 4;
            self.work += passed;
            self.collections[oldest] += 1;
            pacer.collected(&Outcome {
                generation,
                used,
                passed,
                candidates: live + garbage,
                collected: garbage,
            });
        }
    }

    /// Allocates in steps; of each step a share is garbage at once, and a share of the old dies.
    fn run(steps: usize, step: usize, garbage: usize, dying: usize) -> (Heap, Pacer, usize) {
        let (mut heap, mut pacer) = (Heap::default(), Pacer::new());
        let mut allocated = 0;
        for _ in 0..steps {
            heap.garbage[0] += step * garbage / 100;
            heap.live[0] += step - step * garbage / 100;
            let dead = heap.live[2] * dying / 10_000;
            heap.live[2] -= dead;
            heap.garbage[2] += dead;
            allocated += step;
            while let Some(generation) = pacer.due(heap.used()) {
                heap.collect(generation, &mut pacer);
            }
            assert!(heap.used() <= pacer.limit(), "{} of {}", heap.used(), pacer.limit());
            let garbage = heap.used() - heap.live.iter().sum::<usize>();
            let bound = pacer.survivors + 12 * Threshold::DEFAULT.young;
            assert!(garbage <= bound, "{garbage} of {bound}");
        }
        (heap, pacer, allocated)
    }

    proptest! {
        #[test]
        fn work_is_bounded_by_allocation_and_garbage_by_the_live(
            step in 1000usize..20_000, garbage in 0usize..=100, dying in 0usize..100,
        ) {
            let (heap, _, allocated) = run(600, step, garbage, dying);
            prop_assert!(heap.work <= 16 * allocated + 100_000, "work {} for {allocated}", heap.work);
        }
    }

    #[test]
    fn the_work_per_allocation_does_not_grow_with_the_heap() {
        let per_allocation = |steps| {
            let (heap, _, allocated) = run(steps, 10_000, 10, 0);
            heap.work as f64 / allocated as f64
        };
        let (small, large) = (per_allocation(100), per_allocation(1000));
        assert!(large < small * 1.5, "{small} at a million, {large} at ten");
    }

    #[test]
    fn short_lived_garbage_is_left_to_collections_of_the_young() {
        let (mut heap, mut pacer, _) = run(100, 10_000, 0, 0);
        heap.collect(Generation::Old, &mut pacer);
        heap.collections = [0; 3];
        for _ in 0..1000 {
            heap.garbage[0] += 10_000;
            while let Some(generation) = pacer.due(heap.used()) {
                heap.collect(generation, &mut pacer);
            }
        }
        let [young, middle, old] = heap.collections;
        assert!(young > 100 && middle <= young / 5 && old == 0, "{young} {middle} {old}");
    }

    #[test]
    fn a_threshold_of_nothing_means_never() {
        let mut pacer = Pacer::new();
        pacer.set_threshold(Threshold {
            young: 0,
            ..Threshold::DEFAULT
        });
        assert_eq!(pacer.due(1 << 40), None);
    }
}
