//! The tasks that people and CI run: `cargo xtask test`, `tidy`, `bench`, `picture`, `soak`.
//!
//! One module a task. A task announces what it does on stdout, keeps the output of the programs it runs in
//! `target/xtask/*.log`, and names whatever it cannot find together with the way to get it. Exit codes: 0 when all is
//! well, 1 when a check or test failed, 2 for wrong usage.

mod bench;
mod date;
mod error;
mod picture;
mod soak;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use error::Error;
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask TASK

  test [--fast] [--keep-going] [STEP...]
                                formats, tidy, lints, all tests, docs, Python tests, models; stops at the first step
                                that fails unless --keep-going; --fast leaves out what takes minutes
  tidy                          the rules of the repository that a machine can check
  bench [NAME...] [--samples N] [--large]
                                benchmarks side by side with peers; writes their tables in the documents. Without names
                                all of them, then asm (what a read through a handle compiles to) and instructions
                                (callgrind's counts). --large: ten million nodes, a minute of backlog
  picture                       runs the example service and draws its report to docs/report.svg
  soak --minutes N              races, sanitizers, models and full-size tests, in turn, until the time is over";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            if error.is_usage() {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
            ExitCode::FAILURE
        }
    }
}

/// Runs the task that the arguments name; says whether all of it went well.
fn run(arguments: &[String]) -> Result<bool, Error> {
    let Some((task, rest)) = arguments.split_first() else {
        return Err(Error::usage("no task given"));
    };
    if rest.iter().any(|argument| argument == "--help") || matches!(task.as_str(), "help" | "--help" | "-h") {
        println!("{USAGE}");
        return Ok(true);
    }
    let workspace = Workspace::locate()?;
    match task.as_str() {
        "test" => test::run(&workspace, &test::Options::parse(rest)?),
        "tidy" => tidy::run(&workspace),
        "bench" => bench::run(&workspace, rest),
        "picture" => picture::run(&workspace),
        "soak" => soak::run(&workspace, rest),
        other => Err(Error::usage(format!("there is no task {other:?}"))),
    }
}
