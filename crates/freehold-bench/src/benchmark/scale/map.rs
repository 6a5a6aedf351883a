//! *map*: numbers are looked up, inserted and removed, in maps that are half full: about every other key of the range is there
//! at any time, since as many are inserted as removed.
//!
//! Keys are drawn from a thousand, which fit the caches and on which threads meet, or from a million. All maps have the same
//! hasher. With *handles*, values are handles to numbers, and a look-up takes one. papaya pins for each operation, as a program
//! does whose operations come one at a time.

mod peers;

use std::hint::black_box;
use std::sync::Arc;

use freehold::Gc;

use super::super::alloc::timing::{Timing, repeated};
use super::{Job, Kind, no_such_peer, report};
use crate::random::Random;
use peers::{DashMap, Freehold, Map, Papaya};

const PEERS: &[&str] = &["dashmap", "papaya", "freehold"];

/// On mimalloc as well, where maps allocate.
const ALLOCATING: &[&str] = &["dashmap", "papaya", "papaya, mimalloc", "freehold"];

pub const KINDS: &[Kind] = &[
    Kind {
        title: "map of 1 Ki keys, get",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::GET.small().measure(threads, job)?)),
    },
    Kind {
        title: "map of 1 Mi keys, get",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::GET.measure(threads, job)?)),
    },
    Kind {
        title: "map of 1 Mi keys, get handles",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::GET.measure_handles(threads, job)?)),
    },
    Kind {
        title: "map of 1 Ki keys, 98 % get",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::READ_MOSTLY.small().measure(threads, job)?)),
    },
    Kind {
        title: "map of 1 Mi keys, 98 % get",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::READ_MOSTLY.measure(threads, job)?)),
    },
    Kind {
        title: "map of 1 Ki keys, 50 % get",
        least: 1,
        peers: ALLOCATING,
        measure: |threads, job| Ok(report(threads, Work::UPDATE.small().measure(threads, job)?)),
    },
    Kind {
        title: "map of 1 Mi keys, 50 % get",
        least: 1,
        peers: ALLOCATING,
        measure: |threads, job| Ok(report(threads, Work::UPDATE.measure(threads, job)?)),
    },
];

/// What is done, and how often.
#[derive(Clone, Copy)]
struct Work {
    /// Keys are below; a power of two, up to 2²⁰.
    keys: usize,
    /// Of a hundred operations, those that insert, and as many that remove.
    inserts: usize,
    /// Operations of each thread.
    calls: usize,
}

impl Work {
    const GET: Self = Self {
        keys: 1 << 20,
        inserts: 0,
        calls: 4_000_000,
    };

    const READ_MOSTLY: Self = Self {
        inserts: 1,
        ..Self::GET
    };

    const UPDATE: Self = Self {
        inserts: 25,
        ..Self::GET
    };

    fn small(self) -> Self {
        Self { keys: 1 << 10, ..self }
    }

    fn measure(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "dashmap" => Ok(self.run::<DashMap<u64>>(threads, job.seed)),
            "papaya" => Ok(self.run::<Papaya<u64>>(threads, job.seed)),
            "freehold" => Ok(self.run::<Freehold<u64>>(threads, job.seed)),
            _ => no_such_peer(job),
        }
    }

    fn measure_handles(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "dashmap" => Ok(self.run::<DashMap<Arc<u64>>>(threads, job.seed)),
            "papaya" => Ok(self.run::<Papaya<Arc<u64>>>(threads, job.seed)),
            "freehold" => Ok(self.run::<Freehold<Gc<u64>>>(threads, job.seed)),
            _ => no_such_peer(job),
        }
    }

    fn run<M: Map>(self, threads: usize, seed: u64) -> Timing {
        let map = M::new();
        (0..self.keys as u64).step_by(2).for_each(|key| map.insert(key));
        repeated(threads, self.calls, |index| {
            let (map, mut random) = (&map, Random::of_thread(seed, index));
            move || self.operate(map, &mut random)
        })
    }

    fn operate(self, map: &impl Map, random: &mut Random) {
        // One number for both, and no division: drawing is to take less than a fast look-up does.
        let drawn = random.below(1 << 52);
        let (key, percent) = ((drawn & (self.keys - 1)) as u64, ((drawn >> 20) * 100) >> 32);
        if percent < self.inserts {
            map.insert(key);
        } else if percent < 2 * self.inserts {
            map.remove(key);
        } else {
            black_box(map.get(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn works<M: Map>() {
        peers::check::<M>();
        for work in [Work::GET, Work::UPDATE] {
            let part = Work {
                keys: 64,
                calls: 1_000,
                ..work
            };
            assert!(part.run::<M>(2, 1).wall() > 0.0);
        }
    }

    #[test]
    fn every_map_finds_what_was_inserted() {
        works::<DashMap<u64>>();
        works::<DashMap<Arc<u64>>>();
        works::<Papaya<u64>>();
        works::<Papaya<Arc<u64>>>();
        works::<Freehold<u64>>();
        works::<Freehold<Gc<u64>>>();
    }
}
