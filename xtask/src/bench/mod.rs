//! `cargo xtask bench [NAME...] [--samples N] [--large]`: benchmarks side by side with peers.
//!
//! `freehold-bench` does the measuring, in release, and writes `target/bench/results.json`; this task turns the samples
//! into ratios of medians, prints them, and puts a table for each benchmark between its marks in docs/benchmarks.md; the
//! table of `mixed` goes into README.md as well. `alloc` and `scale` need programs on allocators that are built from C++,
//! by a package outside of the workspace; other names do not build it. Two names are measured otherwise, and belong to a run without names:
//! `asm` compares what a read through a handle compiles to, and `instructions` counts by callgrind.

mod asm;
mod document;
mod figure;
mod instructions;
mod machine;
mod peers;
mod results;
mod summary;
mod table;

use std::path::PathBuf;

use crate::date::today;
use crate::error::Error;
use crate::workspace::Workspace;
use document::record;
use results::Results;
use table::Table;

/// The benchmarks that take samples on allocators of `crates/freehold-bench/allocators`.
const ON_ALLOCATORS: [&str; 2] = ["alloc", "scale"];

/// The benchmark whose variants are alike enough for a mean.
const SUMMED_UP: &str = "alloc";

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
    let program = build(workspace)?;
    let is_all = !arguments.iter().any(|argument| is_name(argument));
    if is_all
        || arguments
            .iter()
            .any(|argument| ON_ALLOCATORS.contains(&argument.as_str()))
    {
        build_allocators(workspace)?;
    }
    let mut command = std::process::Command::new(program);
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
        let mut measured = format!("Measured on {} on {machine}.\n\n{}", today(), table.to_markdown());
        if benchmark == SUMMED_UP {
            let summary = summary::of(&results_read, &benchmark);
            println!("{}", summary.to_terminal());
            measured += &format!("\nGeometric means over all variants:\n\n{}", summary.to_markdown());
        }
        record(workspace, &benchmark, &measured)?;
    }
    record(workspace, "peers", &peers::versions(workspace)?)?;
    println!("samples: {}", results.display());
    Ok(true)
}

/// Builds the benchmarks in release; says where the program is. The others of the package lie beside it.
fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    let mut command = workspace.cargo(["build", "--release", "--quiet", "-p", "freehold-bench", "--bins"]);
    let status = command.status().map_err(|error| Error::io("cargo build", error))?;
    if !status.success() {
        return Err(Error::new("the benchmarks do not build"));
    }
    Ok(workspace.target().join("release").join("freehold-bench"))
}

/// Builds the programs on jemalloc and snmalloc, into the same directory.
fn build_allocators(workspace: &Workspace) -> Result<(), Error> {
    let mut command = workspace.cargo(["build", "--release", "--quiet", "--manifest-path"]);
    command.arg(workspace.root().join(peers::ALLOCATORS).join("Cargo.toml"));
    command.arg("--target-dir").arg(workspace.target());
    // Without it snmalloc checks its own assertions, unlike in the releases of those who build it by cmake.
    let flags = std::env::var("CXXFLAGS").unwrap_or_default();
    command.env("CXXFLAGS", format!("{flags} -DNDEBUG"));
    let status = command.status().map_err(|error| Error::io("cargo build", error))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(
        "the programs on jemalloc and snmalloc do not build: they need a C compiler, a C++20 compiler and make",
    ))
}
