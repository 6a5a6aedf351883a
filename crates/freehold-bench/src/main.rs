//! Side-by-side benchmarks of freehold and its peers: `freehold-bench --output FILE [--samples N] [NAME...]`.
//!
//! Each sample is a process of its own, so that what one peer leaks, or leaves running in the background, does not
//! weigh on the next; the peers take turns (A B C A B C ...), so that a machine that grows busier slows them alike. The
//! command starts itself with the words `sample BENCHMARK PEER SEED` for one sample, which prints one line of JSON.
//! The results are a list of `{name, peer, metric, unit, samples}`; `cargo xtask bench` makes them a table.

mod clock;
mod mixed;
mod peer;
mod random;
mod results;
mod sample;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;

use results::Results;
use sample::{Benchmark, PEERS, Sample};

/// Rounds when the command line does not say.
const SAMPLES: u64 = 9;

const USAGE: &str = "usage: freehold-bench --output FILE [--samples N] [NAME...]   (names: mixed)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((word, rest)) if word == "sample" => sample::take(rest),
        _ => Plan::parse(&arguments).and_then(|plan| plan.run()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("freehold-bench: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What to measure, how often, and where the results go.
struct Plan {
    output: PathBuf,
    samples: u64,
    benchmarks: Vec<Benchmark>,
}

impl Plan {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut output = None;
        let mut samples = SAMPLES;
        let mut names = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--output" => output = Some(PathBuf::from(value()?)),
                "--samples" => {
                    samples = value()?
                        .parse()
                        .map_err(|_| format!("--samples takes a number\n{USAGE}"))?
                }
                name => names.push(name.to_owned()),
            }
        }
        let output = output.ok_or_else(|| USAGE.to_owned())?;
        Ok(Self {
            output,
            samples: samples.max(1),
            benchmarks: Benchmark::named(&names)?,
        })
    }

    /// Takes the samples in turn and writes the file.
    fn run(&self) -> Result<(), String> {
        let mut results = Results::default();
        for benchmark in &self.benchmarks {
            for round in 0..self.samples {
                eprintln!("{}: round {} of {}", benchmark.title(), round + 1, self.samples);
                for peer in PEERS {
                    results.add(&benchmark.title(), peer, &Sample::spawn(*benchmark, peer, round)?);
                }
            }
        }
        results.write(&self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read_and_nonsense_refused() {
        let parse = |words: &[&str]| Plan::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let plan = parse(&["mixed", "--output", "r.json", "--samples", "3"]).unwrap();
        assert_eq!((plan.samples, plan.benchmarks.len()), (3, 2));
        assert!(parse(&["--output", "r.json", "unheard-of"]).is_err());
        assert!(parse(&["mixed"]).is_err());
        assert!(parse(&["--output"]).is_err());
    }
}
