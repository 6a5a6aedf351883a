//! `cargo xtask soak --minutes N`: the randomised tests over and over, with fresh seeds and more cases each.
//!
//! proptest draws a new seed in every run and reads the number of cases from `PROPTEST_CASES`; stress tests take their
//! interleavings from the machine. So a repeated run is a new experiment, and what fails is kept by proptest in its
//! regression files. The build is a release build, where races have less room to hide behind slow code.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::workspace::Workspace;

/// The packages with randomised or concurrent tests.
const PACKAGES: [&str; 3] = ["freehold-pool", "freehold", "freehold-snapshot"];

/// Cases of each property in one round; proptest's own default is 256.
const CASES: &str = "4096";

/// Repeats the tests until the time is over or one fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool, Error> {
    let end = Instant::now() + minutes(arguments)?;
    let mut round = 0;
    while Instant::now() < end {
        round += 1;
        let begin = Instant::now();
        let mut command = workspace.cargo(["test", "--release", "--lib", "--tests", "--quiet"]);
        command
            .args(PACKAGES.iter().flat_map(|package| ["-p", package]))
            .env("PROPTEST_CASES", CASES);
        let status = command.status().map_err(|error| Error::io("cargo test", error))?;
        println!(
            "soak: round {round} {} after {:.0} s",
            verdict(status.success()),
            begin.elapsed().as_secs_f64()
        );
        if !status.success() {
            return Ok(false);
        }
    }
    println!("soak: {round} rounds passed");
    Ok(true)
}

fn verdict(success: bool) -> &'static str {
    if success { "passed" } else { "failed" }
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
}
