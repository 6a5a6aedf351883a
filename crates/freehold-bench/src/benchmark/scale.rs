//! The benchmark `scale`: how work grows with the threads that do it, from one to all cores.
//!
//! Each row is a kind of work on a number of threads; a kind has peers of its own, the first of which the others are compared
//! with. The kinds are files of `scale/`. In most of them each thread does the same number of operations, so that work that
//! scales takes the same time on any number of threads.

mod graph;
mod lock;
mod map;
mod place;
mod queue;
mod sequence;
mod small;
mod stack;

use super::alloc::timing::Timing;
use super::alloc::titled;
use super::{Benchmark, Figure, Job, Report, Show, cores};

/// What is done on a number of threads, for which peers, and how.
struct Kind {
    title: &'static str,
    /// Threads from which on the kind differs from another.
    least: usize,
    peers: &'static [&'static str],
    measure: fn(usize, &Job) -> Result<Report, String>,
}

const KINDS: [&[Kind]; 7] = [
    small::KINDS,
    graph::KINDS,
    place::KINDS,
    lock::KINDS,
    queue::KINDS,
    stack::KINDS,
    map::KINDS,
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
    let on_steps = |kind: &'static Kind| {
        let steps = steps(cores()).into_iter();
        steps
            .filter(|&threads| threads >= kind.least)
            .map(move |threads| (kind, threads))
    };
    KINDS.iter().flat_map(|kinds| kinds.iter()).flat_map(on_steps)
}

/// One, two, four and so on, and all cores.
fn steps(cores: usize) -> Vec<usize> {
    let doubling = std::iter::successors(Some(1_usize), |threads| threads.checked_mul(2));
    doubling.take_while(|threads| *threads < cores).chain([cores]).collect()
}

/// What all threads do in a second, from the nanoseconds that an operation of any of them takes.
fn rate(nanoseconds: f64) -> Figure {
    Figure::new("rate", "M/s", Show::Value, 1e3 / nanoseconds)
}

/// The columns of work that each of the threads did as much of.
fn report(threads: usize, timing: Timing) -> Report {
    let [time, cpu] = timing.figures();
    Report::of([rate(timing.wall() / threads as f64), time, cpu])
}

/// What is said of a name that is not in the kind's list.
fn no_such_peer<R>(job: &Job) -> Result<R, String> {
    Err(format!("there is no peer {:?} in this part of scale", job.peer))
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
        let mixed = titles.iter().position(|title| title.starts_with("mixed, ")).unwrap();
        assert_eq!(Scale.peers(mixed)[0], "Arc");
    }

    #[test]
    fn titles_tell_the_variants_apart() {
        let titles = Scale.variants();
        assert!((1..titles.len()).all(|place| !titles[..place].contains(&titles[place])));
    }

    #[test]
    fn one_thread_is_left_out_where_it_says_nothing() {
        let least = |title: &str| {
            variants()
                .filter(|(kind, _)| kind.title == title)
                .map(|(_, threads)| threads)
                .min()
        };
        assert_eq!(least("mutex, a lock each"), Some(1));
        assert_eq!(least("mutex, one lock"), Some(2));
    }
}
