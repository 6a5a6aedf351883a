//! `cargo xtask bench [NAME...] [--samples N] [--large]`: benchmarks side by side with peers.
//!
//! `freehold-bench` does the measuring, in release, and writes `target/bench/results.json`; this task turns the samples
//! into ratios of medians, prints them, and puts a table for each benchmark between its marks in docs/benchmarks.md; the
//! table of `mixed` goes into README.md as well. Two names are measured otherwise, and belong to a run without names:
//! `asm` compares what a read through a handle compiles to, and `instructions` counts by callgrind.

mod asm;
mod document;
mod figure;
mod instructions;
mod machine;
mod peers;
mod results;
mod table;

use std::path::PathBuf;

use crate::date::today;
use crate::error::Error;
use crate::workspace::Workspace;
use document::record;
use results::Results;
use table::Table;

/// Measures, prints and records; true unless a benchmark fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool, Error> {
    let wants = |name: &str| arguments.iter().any(|argument| argument == name);
    let others: Vec<String> = arguments
        .iter()
        .filter(|argument| !matches!(argument.as_str(), "asm" | "instructions"))
        .cloned()
        .collect();
    let is_all = !arguments.iter().any(|argument| is_name(argument));
    let is_measured = is_all || others.iter().any(|argument| is_name(argument));
    let mut is_fine = true;
    if is_measured {
        is_fine &= measure(workspace, &others)?;
    }
    if is_all || wants("asm") {
        is_fine &= asm::run(workspace)?;
    }
    if is_all || wants("instructions") {
        is_fine &= instructions::run(workspace)?;
    }
    Ok(is_fine)
}

/// Names of benchmarks consist of letters; options and their values do not.
fn is_name(argument: &str) -> bool {
    argument.chars().all(|character| character.is_ascii_alphabetic())
}

/// Runs the benchmarks and records their tables.
fn measure(workspace: &Workspace, arguments: &[String]) -> Result<bool, Error> {
    let machine = machine::describe();
    let results = workspace.target().join("bench").join("results.json");
    let mut command = std::process::Command::new(build(workspace)?);
    command.arg("--output").arg(&results).args(arguments);
    let status = command
        .status()
        .map_err(|error| Error::io(command.get_program(), error))?;
    if !status.success() {
        return Ok(false);
    }
    let text = std::fs::read_to_string(&results).map_err(|error| Error::io(&results, error))?;
    let results_read = Results::parse(&text)?;
    for benchmark in results_read.benchmarks() {
        let table = Table::of(&results_read, &benchmark);
        println!("\n{}", table.to_terminal());
        let measured = format!("Measured on {} on {machine}.\n\n{}", today(), table.to_markdown());
        record(workspace, &benchmark, &measured)?;
    }
    record(workspace, "peers", &peers::versions(workspace)?)?;
    println!("samples: {}", results.display());
    Ok(true)
}

/// Builds the benchmarks in release; says where the program is. The one on mimalloc lies beside it.
fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    let mut command = workspace.cargo(["build", "--release", "--quiet", "-p", "freehold-bench", "--bins"]);
    let status = command.status().map_err(|error| Error::io("cargo build", error))?;
    if !status.success() {
        return Err(Error::new("the benchmarks do not build"));
    }
    Ok(workspace.target().join("release").join("freehold-bench"))
}
