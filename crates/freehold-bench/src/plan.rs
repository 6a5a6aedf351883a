//! What to measure, how often, and where the results go: the command line, and the rounds.

use std::path::PathBuf;

use crate::allocator::{self, Allocator};
use crate::benchmark::{self, ALL, Benchmark, Job};
use crate::results::{Comparison, Results};
use crate::sample::spawn;

const USAGE: &str = "usage: freehold-bench --output FILE [--samples N] [--large] [NAME...]";

/// A run.
pub struct Plan {
    output: PathBuf,
    samples: Option<u64>,
    is_large: bool,
    benchmarks: Vec<&'static dyn Benchmark>,
}

impl Plan {
    /// Reads the command line.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut plan = Self {
            output: PathBuf::new(),
            samples: None,
            is_large: false,
            benchmarks: Vec::new(),
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--output" => plan.output = PathBuf::from(value()?),
                "--samples" => plan.samples = Some(count(value()?)?),
                "--large" => plan.is_large = true,
                name => plan.benchmarks.push(benchmark::named(name)?),
            }
        }
        if plan.output.as_os_str().is_empty() {
            return Err(USAGE.to_owned());
        }
        if plan.benchmarks.is_empty() {
            plan.benchmarks = ALL.to_vec();
        }
        Ok(plan)
    }

    /// Takes the samples in turn; writes the file after each benchmark, so that what is measured is not lost.
    pub fn run(&self, allocator: Allocator) -> Result<(), String> {
        let mut results = Results::default();
        for benchmark in &self.benchmarks {
            for (variant, words) in benchmark.variants().iter().enumerate() {
                let comparison = Comparison {
                    benchmark: benchmark.name(),
                    name: &format!("{}, {words}", benchmark.name()),
                    baseline: benchmark.peers(variant)[0],
                };
                let job = Job {
                    variant,
                    peer: String::new(),
                    seed: 0,
                    is_large: self.is_large,
                    allocator,
                };
                self.rounds(*benchmark, comparison, &job, &mut results);
            }
            results.write(&self.output)?;
        }
        Ok(())
    }

    /// A peer that fails is left out of the rounds that follow, and the failure is noted.
    fn rounds(&self, benchmark: &dyn Benchmark, comparison: Comparison<'_>, job: &Job, results: &mut Results) {
        let rounds = self.samples.unwrap_or_else(|| benchmark.rounds());
        let name = comparison.name;
        let mut peers = benchmark.peers(job.variant).to_vec();
        for round in 0..rounds {
            eprintln!("{name}: round {} of {rounds}", round + 1);
            peers.retain(|peer| {
                let job = Job {
                    peer: allocator::without(peer).to_owned(),
                    seed: round,
                    ..job.clone()
                };
                match spawn(benchmark, peer, &job) {
                    Ok(sample) => results.add(comparison, peer, &sample),
                    Err(reason) => {
                        eprintln!("{name}: {peer}: {reason}");
                        results.note(comparison, peer, &reason);
                        return false;
                    }
                }
                true
            });
        }
    }
}

fn count(word: &str) -> Result<u64, String> {
    let count = word.parse::<u64>().ok().filter(|count| *count > 0);
    count.ok_or_else(|| format!("--samples takes a number above 0\n{USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read_and_nonsense_refused() {
        let parse = |words: &[&str]| Plan::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let plan = parse(&["mixed", "--output", "r.json", "--samples", "3"]).unwrap();
        assert_eq!((plan.samples, plan.benchmarks.len()), (Some(3), 1));
        assert_eq!(parse(&["--output", "r.json"]).unwrap().benchmarks.len(), ALL.len());
        assert!(parse(&["--output", "r.json", "unheard-of"]).is_err());
        assert!(parse(&["--output", "r.json", "--samples", "0"]).is_err());
        assert!(parse(&["mixed"]).is_err());
        assert!(parse(&["--output"]).is_err());
    }
}
