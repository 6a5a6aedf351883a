//! *mutex*, *read* and *write*: a lock is taken, the number that it guards read or added to, and the lock let go.
//!
//! *A lock each*: nobody waits. *One lock*: all threads want it all the time, for an instant.

use std::hint::black_box;
use std::sync;

use freehold::sync as ours;

use super::super::alloc::timing::{Timing, repeated};
use super::{Job, Kind, no_such_peer, report};

const PEERS: &[&str] = &["parking_lot", "std", "freehold"];

pub const KINDS: &[Kind] = &[
    Kind {
        title: "mutex, a lock each",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::FREE.mutex(threads, job)?)),
    },
    Kind {
        title: "read, a lock each",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::FREE.read(threads, job)?)),
    },
    Kind {
        title: "write, a lock each",
        least: 1,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::FREE.write(threads, job)?)),
    },
    Kind {
        title: "mutex, one lock",
        least: 2,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::WANTED.mutex(threads, job)?)),
    },
    Kind {
        title: "read, one lock",
        least: 2,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::WANTED.read(threads, job)?)),
    },
    Kind {
        title: "write, one lock",
        least: 2,
        peers: PEERS,
        measure: |threads, job| Ok(report(threads, Work::WANTED.write(threads, job)?)),
    },
];

/// Whose locks, and how often they are taken.
#[derive(Clone, Copy)]
struct Work {
    shared: bool,
    /// Acquisitions by each thread.
    calls: usize,
}

impl Work {
    const FREE: Self = Self {
        shared: false,
        calls: 20_000_000,
    };

    const WANTED: Self = Self {
        shared: true,
        calls: 4_000_000,
    };

    fn mutex(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "parking_lot" => Ok(self.run(threads, |lock: &parking_lot::Mutex<u64>| *lock.lock() += 7)),
            "std" => Ok(self.run(threads, |lock: &sync::Mutex<u64>| *sound(lock.lock()) += 7)),
            "freehold" => Ok(self.run(threads, |lock: &ours::Mutex<u64>| *lock.lock() += 7)),
            _ => no_such_peer(job),
        }
    }

    fn read(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "parking_lot" => Ok(self.run(threads, |lock: &parking_lot::RwLock<u64>| read(*lock.read()))),
            "std" => Ok(self.run(threads, |lock: &sync::RwLock<u64>| read(*sound(lock.read())))),
            "freehold" => Ok(self.run(threads, |lock: &ours::RwLock<u64>| read(*lock.read()))),
            _ => no_such_peer(job),
        }
    }

    fn write(self, threads: usize, job: &Job) -> Result<Timing, String> {
        match job.peer.as_str() {
            "parking_lot" => Ok(self.run(threads, |lock: &parking_lot::RwLock<u64>| *lock.write() += 7)),
            "std" => Ok(self.run(threads, |lock: &sync::RwLock<u64>| *sound(lock.write()) += 7)),
            "freehold" => Ok(self.run(threads, |lock: &ours::RwLock<u64>| *lock.write() += 7)),
            _ => no_such_peer(job),
        }
    }

    fn run<L: Default + Sync>(self, threads: usize, enter: impl Fn(&L) + Sync) -> Timing {
        let (one, enter) = (L::default(), &enter);
        repeated(threads, self.calls, |_| {
            let own = L::default();
            let one = &one;
            // The closure keeps the lock of its thread, on the stack of its thread.
            move || enter(black_box(if self.shared { one } else { &own }))
        })
    }
}

fn read(number: u64) {
    black_box(number);
}

/// The guard of a lock under which nothing panics.
fn sound<G>(entered: sync::LockResult<G>) -> G {
    entered.expect("nobody panics under the lock")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::Allocator;

    fn job(peer: &str) -> Job {
        Job {
            variant: 0,
            peer: peer.to_owned(),
            seed: 1,
            is_large: false,
            allocator: Allocator {
                name: "glibc",
                trim: None,
            },
        }
    }

    #[test]
    fn every_lock_is_entered_by_every_peer() {
        for whole in [Work::FREE, Work::WANTED] {
            let part = Work { calls: 1_000, ..whole };
            for peer in PEERS {
                assert!(part.mutex(2, &job(peer)).unwrap().wall() > 0.0);
                assert!(part.read(1, &job(peer)).unwrap().wall() > 0.0);
                assert!(part.write(2, &job(peer)).unwrap().wall() > 0.0);
            }
            assert!(part.mutex(1, &job("nobody")).is_err());
        }
    }
}
