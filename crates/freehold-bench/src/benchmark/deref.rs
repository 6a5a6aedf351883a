//! The benchmark `deref`: handles are followed in a chain, each value saying which handle is next.
//!
//! A thousand values, small enough for the first cache, visited in an order drawn at random; each read waits for the one
//! before. What a read compiles to is shown by `cargo xtask bench asm`.

use std::hint::black_box;

use super::repeat::per_operation;
use super::{Benchmark, Job, Report};
use crate::peer::{SharedPeer, SharedTask, on_shared};
use crate::random::Random;

/// Values in the chain.
const VALUES: usize = 1_000;

/// How often the chain is followed from end to end.
const ROUNDS: usize = 20_000;

/// The benchmark.
pub struct Deref;

impl Benchmark for Deref {
    fn name(&self) -> &'static str {
        "deref"
    }

    fn variants(&self) -> Vec<String> {
        vec![format!("chain of {VALUES}")]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["Arc", "freehold", "dumpster"]
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        on_shared(&job.peer, Following { seed: job.seed })
    }
}

struct Following {
    seed: u64,
}

impl SharedTask for Following {
    type Output = Report;

    fn run<P: SharedPeer>(self) -> Report {
        per_operation(1, ROUNDS, VALUES, |_| {
            let handles: Vec<P::Value<u64>> = circle(self.seed).into_iter().map(P::value).collect();
            move || {
                let mut at = 0;
                for _ in 0..VALUES {
                    at = usize::try_from(*handles[at]).unwrap_or(0);
                }
                black_box(at);
            }
        })
    }
}

/// For each place the one that follows it on a way through all of them (Sattolo's shuffle gives one circle).
fn circle(seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    let mut next: Vec<u64> = (0..VALUES as u64).collect();
    for place in (1..VALUES).rev() {
        next.swap(place, random.below(place));
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_passes_every_value_once() {
        let next = circle(3);
        let mut seen = vec![false; VALUES];
        let mut at = 0;
        for _ in 0..VALUES {
            assert!(!std::mem::replace(&mut seen[at], true));
            at = usize::try_from(next[at]).unwrap();
        }
        assert_eq!(at, 0);
    }
}
