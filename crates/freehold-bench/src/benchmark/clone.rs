//! The benchmark `clone`: a handle is cloned and the clone dropped.
//!
//! By one thread; by a thread for each core, each with a target of its own; and all with the same target, whose count
//! then travels between the cores.

use std::hint::black_box;

use super::repeat::per_operation;
use super::{Benchmark, Job, Report, cores};
use crate::peer::{SharedPeer, SharedTask, on_shared};

/// Clones made by each thread.
const CALLS: usize = 10_000_000;

/// The benchmark.
pub struct Clone;

impl Benchmark for Clone {
    fn name(&self) -> &'static str {
        "clone"
    }

    fn variants(&self) -> Vec<String> {
        let cores = cores();
        let own = format!("{cores} threads, a target each");
        let same = format!("{cores} threads, the same target");
        vec!["1 thread".to_owned(), own, same]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["Arc", "freehold", "dumpster"]
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let threads = if job.variant == 0 { 1 } else { cores() };
        on_shared(
            &job.peer,
            Cloning {
                threads,
                is_same: job.variant == 2,
            },
        )
    }
}

struct Cloning {
    threads: usize,
    is_same: bool,
}

impl SharedTask for Cloning {
    type Output = Report;

    fn run<P: SharedPeer>(self) -> Report {
        let same = P::value(1_u64);
        per_operation(self.threads, CALLS, 1, |_| {
            let target = if self.is_same { same.clone() } else { P::value(1_u64) };
            move || drop(black_box(black_box(&target).clone()))
        })
    }
}
