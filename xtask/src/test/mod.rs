//! `cargo xtask test`: everything that must hold before a change is taken.
//!
//! The steps run in the order of what they cost, and the first that fails ends the run (`--keep-going` runs the rest
//! as well). A step prints one line; the output of its program stays in a log, which is shown when the step fails. The
//! last line counts: a test counts one, and so does a check that has no tests of its own (formatting, lints, tidy, docs).

pub mod command;
mod preload;
mod python;
pub mod rust;
pub mod sanitizers;
pub mod tally;

use std::io::Write;
use std::time::Instant;

use crate::error::Error;
use crate::tidy;
use crate::workspace::Workspace;
use tally::Tally;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    fast: bool,
    keep_going: bool,
    /// The steps to run; all if empty.
    only: Vec<String>,
}

impl Options {
    /// Reads `--fast`, `--keep-going` and the names of steps.
    pub fn parse(arguments: &[String]) -> Result<Self, Error> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--fast" => options.fast = true,
                "--keep-going" => options.keep_going = true,
                name if STEPS.iter().any(|step| step.name == name) => options.only.push(name.to_owned()),
                other => {
                    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                    let message = format!("test does not know {other:?}; its steps are: {}", names.join(", "));
                    return Err(Error::usage(message));
                }
            }
        }
        Ok(options)
    }

    fn wants(&self, step: &Step) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step.name)
    }
}

/// How a step ended.
pub enum Outcome {
    /// It ran; the tally says how many tests passed and failed. The note is shown beside it.
    Ran(Tally, String),
    /// It could not run or did not apply; the reason is shown.
    Skipped(String),
    /// It failed; what is known about it is shown.
    Failed(Tally, String),
}

/// One step: what it is called, whether `--fast` leaves it out, and what it does.
struct Step {
    name: &'static str,
    slow: bool,
    run: fn(&Workspace) -> Result<Outcome, Error>,
}

const STEPS: [Step; 14] = [
    Step {
        name: "format",
        slow: false,
        run: rust::format,
    },
    Step {
        name: "tidy",
        slow: false,
        run: tidy_step,
    },
    Step {
        name: "lints",
        slow: false,
        run: rust::lints,
    },
    Step {
        name: "tests",
        slow: false,
        run: rust::tests,
    },
    Step {
        name: "doctests",
        slow: false,
        run: rust::doctests,
    },
    Step {
        name: "features",
        slow: true,
        run: rust::features,
    },
    Step {
        name: "example",
        slow: true,
        run: rust::example,
    },
    Step {
        name: "docs",
        slow: true,
        run: rust::docs,
    },
    Step {
        name: "python",
        slow: true,
        run: python::tests,
    },
    Step {
        name: "models",
        slow: true,
        run: rust::models,
    },
    Step {
        name: "full-size",
        slow: true,
        run: rust::full_size,
    },
    Step {
        name: "preload",
        slow: true,
        run: preload::programs,
    },
    Step {
        name: "asan",
        slow: true,
        run: sanitizers::address,
    },
    Step {
        name: "tsan",
        slow: true,
        run: sanitizers::thread,
    },
];

/// Runs the steps and prints the count; true when nothing failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool, Error> {
    let begin = Instant::now();
    let mut total = Tally::default();
    let mut failed = Vec::new();
    for step in STEPS.iter().filter(|step| options.wants(step)) {
        print!("{:<9} ", step.name);
        // The name shows before the step runs, so that a reader knows what takes the time. A closed stdout shows
        // when the result is printed.
        let _ = std::io::stdout().flush();
        let begun = Instant::now();
        let outcome = match reason_to_skip(step, options, &failed) {
            Some(reason) => Outcome::Skipped(reason.to_owned()),
            None => {
                (step.run)(workspace).unwrap_or_else(|error| Outcome::Failed(Tally::one_failed(), error.to_string()))
            }
        };
        if matches!(outcome, Outcome::Failed(..)) {
            failed.push(step.name);
        }
        total += settle(begun, outcome);
    }
    if !failed.is_empty() {
        println!("\nfailed: {}", failed.join(", "));
    }
    println!("\nafter {:.0} s:", begin.elapsed().as_secs_f64());
    println!("{total}");
    Ok(failed.is_empty())
}

fn reason_to_skip(step: &Step, options: &Options, failed: &[&str]) -> Option<&'static str> {
    if !failed.is_empty() && !options.keep_going {
        return Some("not run: an earlier step failed");
    }
    (step.slow && options.fast).then_some("left out by --fast")
}

/// Completes the line of a step and gives what it adds to the count.
fn settle(begun: Instant, outcome: Outcome) -> Tally {
    let time = format!("{:>6.1} s", begun.elapsed().as_secs_f64());
    match outcome {
        Outcome::Ran(tally, note) => {
            println!("{time}  ok       {note}");
            tally
        }
        Outcome::Skipped(reason) => {
            println!("{:>8}  skipped  {reason}", "-");
            Tally::one_skipped()
        }
        Outcome::Failed(tally, report) => {
            println!("{time}  FAILED\n{report}");
            tally
        }
    }
}

fn tidy_step(workspace: &Workspace) -> Result<Outcome, Error> {
    let findings = tidy::check(workspace)?;
    if findings.is_empty() {
        return Ok(Outcome::Ran(
            Tally::one_passed(),
            "the repository's own rules".to_owned(),
        ));
    }
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Ok(Outcome::Failed(Tally::one_failed(), lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_the_run_unless_it_is_to_keep_going() {
        let step = &STEPS[0];
        let keep_going = Options {
            keep_going: true,
            ..Options::default()
        };
        assert_eq!(reason_to_skip(step, &Options::default(), &[]), None);
        assert!(reason_to_skip(step, &Options::default(), &["tidy"]).is_some());
        assert_eq!(reason_to_skip(step, &keep_going, &["tidy"]), None);
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let parse = |words: &[&str]| Options::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            parse(&["--keep-going", "--fast"]).unwrap(),
            Options {
                fast: true,
                keep_going: true,
                only: Vec::new()
            }
        );
        assert_eq!(parse(&["tidy", "models"]).unwrap().only, ["tidy", "models"]);
        assert!(parse(&["--faster"]).unwrap_err().is_usage());
    }
}
