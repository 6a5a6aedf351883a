//! Totals over all collections.

use crate::gc::{Collection, GenerationStats};
use crate::generation::Generation;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts that only grow. All accesses Relaxed: statistics.
pub(crate) struct Totals {
    generations: [PerGeneration; 3],
    revived: AtomicU64,
    panics: AtomicU64,
}

struct PerGeneration {
    collections: AtomicU64,
    candidates: AtomicU64,
    collected: AtomicU64,
    uncollectable: AtomicU64,
}

pub(crate) static TOTALS: Totals = Totals {
    generations: [const {
        PerGeneration {
            collections: AtomicU64::new(0),
            candidates: AtomicU64::new(0),
            collected: AtomicU64::new(0),
            uncollectable: AtomicU64::new(0),
        }
    }; 3],
    revived: AtomicU64::new(0),
    panics: AtomicU64::new(0),
};

impl Totals {
    pub(crate) fn add(&self, collection: &Collection) {
        let add = |total: &AtomicU64, number: usize| {
            total.fetch_add(number as u64, Ordering::Relaxed);
        };
        let generation = &self.generations[collection.generation as usize];
        add(&generation.collections, 1);
        add(&generation.candidates, collection.candidates);
        add(&generation.collected, collection.collected);
        add(&generation.uncollectable, collection.uncollectable);
        add(&self.revived, collection.revived);
        add(&self.panics, collection.panics);
    }

    /// Panics outside of a collection's own account.
    pub(crate) fn add_panics(&self, panics: usize) {
        self.panics.fetch_add(panics as u64, Ordering::Relaxed);
    }

    pub(crate) fn generation(&self, generation: Generation) -> GenerationStats {
        let totals = &self.generations[generation as usize];
        GenerationStats {
            collections: totals.collections.load(Ordering::Relaxed),
            candidates: totals.candidates.load(Ordering::Relaxed),
            collected: totals.collected.load(Ordering::Relaxed),
            uncollectable: totals.uncollectable.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn revived(&self) -> u64 {
        self.revived.load(Ordering::Relaxed)
    }

    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}
