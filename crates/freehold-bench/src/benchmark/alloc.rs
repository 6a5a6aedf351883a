//! The benchmark `alloc`: global allocators, each in a program of its own, do the same work.
//!
//! The variants are files of `alloc/`. All of them go through `std::alloc`, so through whatever the program has as its
//! `#[global_allocator]`; blocks are written at both ends and read before they go. What is stated is time and memory: the
//! peak of the whole process, and for `peak then trim` what is left after most has been freed, and after the allocator
//! was asked to give back what it can.

pub mod churn;
mod growth;
mod handover;
mod larson;
mod peak;
mod scratch;
pub mod timing;

use super::{Benchmark, Figure, Job, Report, Show, cores};
use crate::memory::resident;
use churn::Churn;
use growth::Growth;
use handover::Handover;
use larson::Larson;
use peak::Peak;
use scratch::Scratch;
use timing::Timing;

/// The allocators, the baseline first.
pub const ALLOCATORS: &[&str] = &["glibc", "mimalloc", "jemalloc", "snmalloc", "freehold-pool"];

/// How many threads a variant has.
#[derive(Clone, Copy)]
enum Threads {
    One,
    All,
}

impl Threads {
    fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::All => cores(),
        }
    }
}

/// What a variant does with how many threads and which random numbers.
type Work = fn(usize, u64) -> Timing;

/// The variants but the last, which is `peak then trim`.
const VARIANTS: [(&str, Threads, Work); 9] = [
    ("small churn", Threads::One, |threads, seed| {
        Churn::SMALL.run(threads, seed)
    }),
    ("small churn", Threads::All, |threads, seed| {
        Churn::SMALL.run(threads, seed)
    }),
    ("mixed sizes", Threads::One, |threads, seed| {
        Churn::MIXED.run(threads, seed)
    }),
    ("mixed sizes", Threads::All, |threads, seed| {
        Churn::MIXED.run(threads, seed)
    }),
    ("producer and consumer", Threads::All, |threads, seed| {
        Handover::FULL.run(threads, seed)
    }),
    ("larson", Threads::All, |threads, seed| Larson::FULL.run(threads, seed)),
    ("cache-scratch", Threads::All, |threads, _| Scratch::FULL.run(threads)),
    ("growth, small vectors", Threads::One, |_, seed| Growth::SMALL.run(seed)),
    ("growth, to 32 MiB", Threads::One, |_, seed| Growth::LARGE.run(seed)),
];

/// The benchmark.
pub struct Alloc;

impl Benchmark for Alloc {
    fn name(&self) -> &'static str {
        "alloc"
    }

    fn variants(&self) -> Vec<String> {
        let timed = VARIANTS
            .iter()
            .map(|(title, threads, _)| titled(title, threads.count()));
        timed.chain([titled("peak then trim", cores())]).collect()
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        ALLOCATORS
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        on_its_allocator(job)?;
        match VARIANTS.get(job.variant) {
            Some((_, threads, work)) => {
                let timing = work(threads.count(), job.seed);
                Ok(Report::of(with_peak(timing.figures())))
            }
            None => Ok(trimmed(&Peak::FULL, job)),
        }
    }
}

/// `small churn, 2 threads`.
pub fn titled(title: &str, threads: usize) -> String {
    let plural = if threads == 1 { "" } else { "s" };
    format!("{title}, {threads} thread{plural}")
}

/// Refuses to measure one allocator in the name of another.
pub fn on_its_allocator(job: &Job) -> Result<(), String> {
    if job.peer == job.allocator.name {
        return Ok(());
    }
    Err(format!(
        "this program is on {}, not on {}",
        job.allocator.name, job.peer
    ))
}

fn with_peak(figures: [Figure; 2]) -> Vec<Figure> {
    let (_, peak) = resident();
    figures
        .into_iter()
        .chain([mebibytes("peak memory", Show::Both, peak)])
        .collect()
}

fn mebibytes(metric: &'static str, show: Show, bytes: u64) -> Figure {
    Figure::new(metric, "MiB", show, bytes as f64 / f64::from(1 << 20))
}

/// Builds, frees most, trims; an allocator without a call to trim has no figure for it.
fn trimmed(work: &Peak, job: &Job) -> Report {
    let (timing, rest) = work.run(cores(), job.seed);
    let mut figures = with_peak(timing.figures());
    figures.push(mebibytes("after the frees", Show::Value, resident().0));
    let note = match job.allocator.trim {
        Some(trim) => {
            trim();
            figures.push(mebibytes("after trim", Show::Both, resident().0));
            None
        }
        None => Some("has no call that gives memory back".to_owned()),
    };
    drop(rest);
    Report { figures, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::Allocator;

    fn job(peer: &str, trim: Option<fn()>) -> Job {
        Job {
            variant: 0,
            peer: peer.to_owned(),
            seed: 1,
            is_large: false,
            allocator: Allocator { name: "glibc", trim },
        }
    }

    #[test]
    fn another_program_s_allocator_is_refused() {
        assert!(on_its_allocator(&job("glibc", None)).is_ok());
        assert!(
            Alloc
                .measure(&job("jemalloc", None))
                .is_err_and(|reason| reason.contains("not on jemalloc"))
        );
    }

    #[test]
    fn titles_tell_the_variants_apart() {
        let titles = Alloc.variants();
        assert_eq!(titles.len(), VARIANTS.len() + 1);
        assert_eq!(titles[0], "small churn, 1 thread");
        assert!((1..titles.len()).all(|place| !titles[..place].contains(&titles[place])));
    }

    #[test]
    fn only_what_can_trim_is_measured_after_it() {
        let small = Peak { bytes: 1 << 20 };
        let report = trimmed(&small, &job("glibc", Some(|| {})));
        assert_eq!((report.figures.len(), report.note), (5, None));
        let report = trimmed(&small, &job("glibc", None));
        assert_eq!((report.figures.len(), report.note.is_some()), (4, true));
    }
}
