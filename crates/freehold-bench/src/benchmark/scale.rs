//! The benchmark `scale`: how work grows with the threads that do it, from one to all cores.
//!
//! Each row is a kind of work on a number of threads; a kind has peers of its own. *small churn* is the allocators' (see
//! `alloc`), with tables of each thread's own, so that a perfect allocator takes the same time on any number of threads.
//! *mixed* shares all of its work among the threads (see `mixed`), so there is less of it for each.

use super::alloc::churn::Churn;
use super::alloc::{ALLOCATORS, on_its_allocator, titled};
use super::{Benchmark, Figure, Job, Report, Show, cores, mixed};

/// What is done on a number of threads, for which peers, and how.
struct Kind {
    title: &'static str,
    peers: &'static [&'static str],
    measure: fn(usize, &Job) -> Result<Report, String>,
}

const KINDS: [Kind; 2] = [
    Kind {
        title: "small churn",
        peers: ALLOCATORS,
        measure: churn,
    },
    Kind {
        title: "mixed",
        peers: &["Arc", "Arc, mimalloc", "freehold", "freehold, mimalloc", "dumpster"],
        measure: graph,
    },
];

/// The benchmark.
pub struct Scale;

impl Benchmark for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn variants(&self) -> Vec<String> {
        variants().map(|(kind, threads)| titled(kind.title, threads)).collect()
    }

    fn peers(&self, variant: usize) -> &'static [&'static str] {
        variants().nth(variant).map_or(&[], |(kind, _)| kind.peers)
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let (kind, threads) = variants()
            .nth(job.variant)
            .ok_or_else(|| format!("scale has no variant {}", job.variant))?;
        (kind.measure)(threads, job)
    }
}

fn variants() -> impl Iterator<Item = (&'static Kind, usize)> {
    KINDS
        .iter()
        .flat_map(|kind| steps(cores()).into_iter().map(move |threads| (kind, threads)))
}

/// One, two, four and so on, and all cores.
fn steps(cores: usize) -> Vec<usize> {
    let doubling = std::iter::successors(Some(1_usize), |threads| threads.checked_mul(2));
    doubling.take_while(|threads| *threads < cores).chain([cores]).collect()
}

/// The work of `alloc`, by an allocator.
fn churn(threads: usize, job: &Job) -> Result<Report, String> {
    on_its_allocator(job)?;
    let timing = Churn::SMALL.run(threads, job.seed);
    let [time, cpu] = timing.figures();
    Ok(Report::of([rate(timing.wall() / threads as f64), time, cpu]))
}

/// The work of `mixed`, by a peer that threads can share.
fn graph(threads: usize, job: &Job) -> Result<Report, String> {
    let mut report = mixed::report(threads, job)?;
    report
        .figures
        .retain(|figure| matches!(figure.metric, "time" | "CPU time"));
    report.figures.insert(0, rate(report.figures[0].value));
    Ok(report)
}

/// What all threads do in a second, from the nanoseconds that an operation of any of them takes.
fn rate(nanoseconds: f64) -> Figure {
    Figure::new("rate", "M/s", Show::Value, 1e3 / nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_double_up_to_all_cores() {
        assert_eq!(steps(1), [1]);
        assert_eq!(steps(2), [1, 2]);
        assert_eq!(steps(6), [1, 2, 4, 6]);
        assert_eq!(steps(8), [1, 2, 4, 8]);
    }

    #[test]
    fn a_rate_is_of_all_threads_together() {
        assert!((rate(20.0).value - 50.0).abs() < 1e-9);
    }

    #[test]
    fn each_kind_has_its_own_peers() {
        let titles = Scale.variants();
        assert_eq!(titles[0], "small churn, 1 thread");
        assert_eq!(Scale.peers(0)[0], "glibc");
        assert!(titles.last().is_some_and(|title| title.starts_with("mixed, ")));
        assert_eq!(Scale.peers(titles.len() - 1)[0], "Arc");
    }
}
