//! The steps that cargo carries out: formatting, lints, tests, doctests, feature sets, the examples, docs and models.
//!
//! Tests run under cargo-nextest where it is installed, since each then has a process, and so a heap, of its own;
//! otherwise under `cargo test`. nextest does not run doctests, so those are a step of their own in either case.
//! Models are loom tests, `tests/loom_*.rs`: they are built in release with `--cfg loom`, which changes every crate, so
//! they have a build directory of their own.

use std::process::Command;

use super::command::run;
use super::{Outcome, Tally};
use crate::error::Error;
use crate::workspace::Workspace;

/// Scheduling points at which a model may be preempted; loom's authors advise two or three, and some of the models need
/// three to fail when the protocol is broken. An outer `LOOM_MAX_PREEMPTIONS` wins.
pub const PREEMPTIONS: u32 = 3;

/// Checks the formatting.
pub fn format(workspace: &Workspace) -> Result<Outcome, Error> {
    let finished = run(workspace, "format", &mut workspace.cargo(["fmt", "--all", "--check"]))?;
    if finished.lacks_command() {
        return Ok(missing("rustfmt", "rustup component add rustfmt"));
    }
    Ok(finished.into_check("cargo fmt"))
}

/// Checks the lints of every crate and target.
pub fn lints(workspace: &Workspace) -> Result<Outcome, Error> {
    let mut command = workspace.cargo([
        "clippy",
        "--workspace",
        "--all-features",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    let finished = run(workspace, "lints", &mut command)?;
    if finished.lacks_command() {
        return Ok(missing("clippy", "rustup component add clippy"));
    }
    Ok(finished.into_check("cargo clippy"))
}

/// Runs unit, integration and compile-fail tests, with every feature: so the pool is hardened.
pub fn tests(workspace: &Workspace) -> Result<Outcome, Error> {
    tests_of(workspace, "tests", &["--workspace", "--all-features"])
}

/// Runs the tests that `selection` says to cargo.
fn tests_of(workspace: &Workspace, step: &str, selection: &[&str]) -> Result<Outcome, Error> {
    if has_nextest(workspace)? {
        let mut command = workspace.cargo(["nextest", "run", "--no-fail-fast", "--no-tests", "pass"]);
        return Ok(run(workspace, step, command.args(selection))?.into_tests(Tally::of_nextest, "cargo nextest"));
    }
    let mut command = workspace.cargo(["test", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]);
    let note = "cargo test; a process for each test: cargo install --locked cargo-nextest";
    Ok(run(workspace, step, command.args(selection))?.into_tests(Tally::of_cargo_test, note))
}

/// Compiles and runs the examples in the docs.
pub fn doctests(workspace: &Workspace) -> Result<Outcome, Error> {
    let mut command = workspace.cargo(["test", "--workspace", "--all-features", "--no-fail-fast", "--doc"]);
    Ok(run(workspace, "doctests", &mut command)?.into_tests(Tally::of_cargo_test, ""))
}

/// Builds the library without its default features, then runs tests as most programs have what they are about: the pool not
/// hardened, the locks without the detection of deadlocks.
pub fn features(workspace: &Workspace) -> Result<Outcome, Error> {
    let mut command = workspace.cargo([
        "check",
        "-p",
        "freehold",
        "-p",
        "freehold-pool",
        "--no-default-features",
    ]);
    let checked = run(workspace, "features", command.env("RUSTFLAGS", "-D warnings"))?;
    if !checked.success {
        return Ok(checked.into_check("the library without features"));
    }
    let locks = ["-p", "freehold", "--lib", "--test", "sync", "--test", "fork"];
    let mut tally = match tests_of(workspace, "features", &locks)? {
        Outcome::Ran(tally, _) => tally,
        other => return Ok(other),
    };
    let of_pool = match tests_of(workspace, "features", &["-p", "freehold-pool"])? {
        Outcome::Ran(of_pool, _) => of_pool,
        other => return Ok(other),
    };
    tally += of_pool;
    Ok(Outcome::Ran(tally, format!("{tally} · the pool, and the locks")))
}

/// Runs the examples, which fail when their heaps are not empty at the end.
pub fn example(workspace: &Workspace) -> Result<Outcome, Error> {
    let mut graph = workspace.cargo(["run", "-p", "freehold", "--example", "package_graph"]);
    let finished = run(workspace, "example", &mut graph)?;
    if !finished.success {
        return Ok(finished.into_check("package_graph leaves an empty heap"));
    }
    let mut server = workspace.cargo(["run", "-p", "freehold", "--example", "session_server", "--"]);
    let finished = run(workspace, "example-server", server.args(["--seconds", "2"]))?;
    Ok(finished.into_check("package_graph and session_server leave empty heaps"))
}

/// Builds the API docs; a broken link is an error.
pub fn docs(workspace: &Workspace) -> Result<Outcome, Error> {
    let mut command = workspace.cargo(["doc", "--workspace", "--all-features", "--no-deps"]);
    Ok(run(workspace, "docs", command.env("RUSTDOCFLAGS", "-D warnings"))?.into_check("cargo doc without warnings"))
}

/// Runs the heap's tests that take millions of objects, or of graphs, at full size: an optimised build.
pub fn full_size(workspace: &Workspace) -> Result<Outcome, Error> {
    Ok(run(workspace, "full-size", &mut full_size_command(workspace))?
        .into_tests(Tally::of_cargo_test, "ten million nodes, all small graphs"))
}

/// What [`full_size`] runs.
pub fn full_size_command(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo(["test", "--release", "--no-fail-fast", "-p", "freehold"]);
    command.args(["--test=deep", "--test=shapes"]);
    command
}

/// Explores the loom models.
pub fn models(workspace: &Workspace) -> Result<Outcome, Error> {
    let packages = packages_with_models(workspace)?;
    if packages.is_empty() {
        return Ok(Outcome::Skipped("no crate has a tests/loom_*.rs".to_owned()));
    }
    let mut command = models_command(workspace, &packages);
    if std::env::var_os("LOOM_MAX_PREEMPTIONS").is_none() {
        command.env("LOOM_MAX_PREEMPTIONS", PREEMPTIONS.to_string());
    }
    Ok(run(workspace, "models", &mut command)?
        .into_tests(Tally::of_cargo_test, &format!("loom: {}", packages.join(", "))))
}

/// What [`models`] runs.
pub fn models_command(workspace: &Workspace, packages: &[String]) -> Command {
    let mut command = workspace.cargo(["test", "--release", "--no-fail-fast", "--test", "loom*"]);
    command
        .args(packages.iter().flat_map(|package| ["-p", package]))
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_TARGET_DIR", workspace.target().join("loom"))
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    command
}

/// The crates that have a `tests/loom_*.rs`.
pub fn packages_with_models(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let crates = workspace.root().join("crates");
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(&crates)
        .map_err(|error| Error::io(&crates, error))?
        .flatten()
    {
        let tests = std::fs::read_dir(entry.path().join("tests"));
        let mut names = tests
            .into_iter()
            .flatten()
            .flatten()
            .map(|test| test.file_name().to_string_lossy().into_owned());
        if names.any(|name| name.starts_with("loom_") && name.ends_with(".rs")) {
            packages.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    packages.sort();
    Ok(packages)
}

fn has_nextest(workspace: &Workspace) -> Result<bool, Error> {
    Ok(run(workspace, "nextest", &mut workspace.cargo(["nextest", "--version"]))?.success)
}

fn missing(what: &str, how: &str) -> Outcome {
    Outcome::Failed(
        Tally::one_failed(),
        format!("{what} is not installed; to get it: {how}"),
    )
}
