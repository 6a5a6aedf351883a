//! `cargo xtask soak --minutes N`: the tests that depend on chance and on time, in turn, until the time is over.
//!
//! | experiment | what |
//! | --- | --- |
//! | races | the optimised tests, with more rounds each time: fresh seeds, other interleavings |
//! | full-size | ten million nodes, all small graphs |
//! | asan, tsan | the same tests as in `cargo xtask test`, with more rounds |
//! | models | loom, with one preemption more than usual; each model as long as its share of time lasts, more in each round |
//!
//! proptest draws a new seed in every run and keeps what fails in its regression files; stress tests take their
//! interleavings from the machine. So a repeated run is a new experiment. What has begun is not cut off: the last
//! experiment ends some minutes after the time is over. The first that fails ends the run; its output is shown, and the
//! command that repeats it.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::test::command::{self, run as run_logged};
use crate::test::tally::Tally;
use crate::test::{Outcome, rust, sanitizers};
use crate::workspace::Workspace;

/// The packages with randomised or concurrent tests.
const PACKAGES: [&str; 3] = ["freehold-pool", "freehold", "freehold-snapshot"];

/// Cases of each property that does not count them itself; proptest's own default is 256.
const CASES: &str = "4096";

/// What `FREEHOLD_ROUNDS` is in the first round; each round has as many more.
const ROUNDS: u64 = 2;

/// Seconds for each model and round: `LOOM_MAX_DURATION`.
const MODEL_SECONDS: u64 = 20;

/// The command of an experiment in a round, or why it cannot be run.
type Prepare = fn(&Workspace, u64) -> Result<Result<Command, String>, Error>;

const EXPERIMENTS: [(&str, Prepare); 5] = [
    ("races", races),
    ("full-size", |workspace, _| Ok(Ok(rust::full_size_command(workspace)))),
    ("asan", |workspace, round| {
        sanitized(sanitizers::address_command(workspace), round)
    }),
    ("tsan", |workspace, round| {
        sanitized(sanitizers::thread_command(workspace), round)
    }),
    ("models", models),
];

/// Repeats the experiments until the time is over or one fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool, Error> {
    let begin = Instant::now();
    let end = begin + minutes(arguments)?;
    let mut passed = 0;
    for round in 1.. {
        for (name, prepare) in EXPERIMENTS {
            if Instant::now() >= end {
                println!("soak: {passed} experiments passed in {}", clock(begin.elapsed()));
                return Ok(passed > 0);
            }
            print!("soak: {}  round {round}  {name:<9} ", clock(begin.elapsed()));
            // Shown before the experiment runs, so that a reader knows what takes the time.
            let _ = std::io::stdout().flush();
            let begun = Instant::now();
            match experiment(workspace, name, prepare, round)? {
                Outcome::Ran(tally, _) => {
                    passed += 1;
                    println!("{tally}, {:.0} s", begun.elapsed().as_secs_f64());
                }
                Outcome::Skipped(reason) => println!("skipped: {reason}"),
                Outcome::Failed(_, report) => {
                    println!("FAILED\n{report}");
                    return Ok(false);
                }
            }
        }
    }
    unreachable!("rounds end with the time")
}

fn experiment(workspace: &Workspace, name: &str, prepare: Prepare, round: u64) -> Result<Outcome, Error> {
    let mut command = match prepare(workspace, round)? {
        Ok(command) => command,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let finished = run_logged(workspace, &format!("soak-{name}"), &mut command)?;
    Ok(match finished.into_tests(Tally::of_cargo_test, "") {
        Outcome::Failed(tally, report) => {
            let again = command::as_typed(&command);
            Outcome::Failed(tally, format!("{report}\nto repeat it: {again}"))
        }
        other => other,
    })
}

fn races(workspace: &Workspace, round: u64) -> Result<Result<Command, String>, Error> {
    let mut command = workspace.cargo(["test", "--release", "--no-fail-fast", "--lib", "--tests"]);
    command
        .args(PACKAGES.iter().flat_map(|package| ["-p", package]))
        .env("PROPTEST_CASES", CASES)
        .env("FREEHOLD_ROUNDS", (ROUNDS * round).to_string());
    // One test at a time: some must be alone in the process. The sizes are an experiment of their own.
    command.args(["--", "--test-threads=1", "--skip=all_graphs", "--skip=all_sets"]);
    Ok(Ok(command))
}

fn sanitized(command: Result<Command, String>, round: u64) -> Result<Result<Command, String>, Error> {
    Ok(command.map(|mut command| {
        command.env("FREEHOLD_ROUNDS", (ROUNDS * round).to_string());
        command
    }))
}

fn models(workspace: &Workspace, round: u64) -> Result<Result<Command, String>, Error> {
    let packages = rust::packages_with_models(workspace)?;
    let mut command = rust::models_command(workspace, &packages);
    command
        .env("LOOM_MAX_PREEMPTIONS", (rust::PREEMPTIONS + 1).to_string())
        .env("LOOM_MAX_DURATION", (MODEL_SECONDS * round).to_string());
    Ok(Ok(command))
}

/// Hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn minutes(arguments: &[String]) -> Result<Duration, Error> {
    match arguments {
        [option, value] if option == "--minutes" => {
            let minutes: u64 = value
                .parse()
                .map_err(|_| Error::usage(format!("--minutes {value:?} is not a number")))?;
            Ok(Duration::from_secs(minutes * 60))
        }
        _ => Err(Error::usage("soak needs --minutes N")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_read_and_anything_else_is_refused() {
        let given = |words: &[&str]| minutes(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(given(&["--minutes", "3"]).unwrap(), Duration::from_secs(180));
        assert!(given(&["--minutes", "soon"]).unwrap_err().is_usage());
        assert!(given(&[]).unwrap_err().is_usage());
    }

    #[test]
    fn the_clock_shows_hours() {
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
