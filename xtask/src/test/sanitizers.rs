//! The steps `asan` and `tsan`: the tests of the heap and the pool under AddressSanitizer, with its search for leaks, and
//! under ThreadSanitizer.
//!
//! Both need a nightly compiler, and nothing else: the standard library is the one that comes with it, not instrumented.
//! For AddressSanitizer that is enough. ThreadSanitizer does not see what std's own locks order, so it runs the tests that
//! use parking_lot's, and `tsan.supp` lists the reports that remain. Nor does it understand fences. Under `--cfg tsan` the
//! heap's fences are loads, and its locks are such as can be seen. Debug assertions are on, as are some optimisations; each sanitizer has a build directory of its own.

use std::process::Command;

use super::Outcome;
use super::command::run;
use super::tally::Tally;
use crate::error::Error;
use crate::workspace::Workspace;

/// One of the compiler's sanitizers, and how the tests are run under it.
struct Sanitizer {
    name: &'static str,
    /// Of the compiler.
    flags: &'static str,
    /// Which tests, to cargo.
    tests: &'static [&'static str],
    /// The variables that configure its run time, each with its settings and perhaps a file of suppressions.
    options: &'static [(&'static str, &'static str, Option<&'static str>)],
    note: &'static str,
}

const ADDRESS: Sanitizer = Sanitizer {
    name: "asan",
    // Frame pointers give leaks their whole stacks, by which two are suppressed.
    flags: "-Zsanitizer=address -Cforce-frame-pointers=yes --cfg asan",
    tests: &["--lib", "--tests"],
    options: &[
        ("ASAN_OPTIONS", "detect_leaks=1", None),
        ("LSAN_OPTIONS", "print_suppressions=0", Some("lsan.supp")),
    ],
    note: "AddressSanitizer: freehold, freehold-pool",
};

const THREAD: Sanitizer = Sanitizer {
    name: "tsan",
    flags: "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg tsan",
    // The rest has one thread, or forks, which this sanitizer does not follow.
    tests: &[
        "--lib",
        "--test=backlog",
        "--test=basics",
        "--test=finalisers",
        "--test=foreign",
        "--test=generations",
        "--test=hostile",
        "--test=inspection",
        "--test=lockfree",
        "--test=oracle",
        "--test=peers_get_wrong",
        "--test=pool",
        "--test=views",
    ],
    options: &[("TSAN_OPTIONS", "print_suppressions=0", Some("tsan.supp"))],
    note: "ThreadSanitizer: freehold, freehold-pool",
};

/// Runs the tests under AddressSanitizer.
pub fn address(workspace: &Workspace) -> Result<Outcome, Error> {
    ADDRESS.run(workspace)
}

/// What [`address`] runs, or why it cannot.
pub fn address_command(workspace: &Workspace) -> Result<Command, String> {
    ADDRESS.command(workspace)
}

/// Runs the tests with several threads under ThreadSanitizer.
pub fn thread(workspace: &Workspace) -> Result<Outcome, Error> {
    THREAD.run(workspace)
}

/// What [`thread`] runs, or why it cannot.
pub fn thread_command(workspace: &Workspace) -> Result<Command, String> {
    THREAD.command(workspace)
}

impl Sanitizer {
    fn run(&self, workspace: &Workspace) -> Result<Outcome, Error> {
        Ok(match self.command(workspace) {
            Ok(mut command) => run(workspace, self.name, &mut command)?.into_tests(Tally::of_cargo_test, self.note),
            Err(reason) => Outcome::Skipped(reason),
        })
    }

    /// The command, or what is missing for it.
    fn command(&self, workspace: &Workspace) -> Result<Command, String> {
        let how = "no nightly compiler; to get one: rustup toolchain install nightly --profile minimal";
        let host = nightly_host().ok_or(how)?;
        if !has_sanitizers(&host) {
            return Err(format!("the compiler has no sanitizers for {host}"));
        }
        let mut command = nightly("cargo");
        command
            .args(["test", "--no-fail-fast", "--all-features", "--target", &host])
            .args(["-p", "freehold", "-p", "freehold-pool"])
            .args(self.tests)
            // Some of the pool's tests must be alone in the process.
            .args(["--", "--test-threads=1"])
            .current_dir(workspace.root())
            .env("CARGO_TARGET_DIR", workspace.target().join(self.name))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("RUSTFLAGS", self.flags);
        for (variable, settings, suppressions) in self.options {
            let mut value = (*settings).to_owned();
            if let Some(file) = suppressions {
                let file = workspace.root().join("xtask/src/test").join(file);
                value = format!("{value}:suppressions={}", file.display());
            }
            command.env(variable, value);
        }
        Ok(command)
    }
}

/// A program of the nightly toolchain. Whatever the cargo that runs this task says of its own toolchain does not reach it.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]);
    command.env("RUSTUP_AUTO_INSTALL", "0");
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// The machine that the nightly compiler is made for, if there is one.
fn nightly_host() -> Option<String> {
    let output = nightly("rustc").arg("-vV").output().ok()?;
    let described = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = described.lines().find_map(|line| line.strip_prefix("host: "))?;
    output.status.success().then(|| host.to_owned())
}

/// Whether the compiler comes with both run times for this machine.
fn has_sanitizers(host: &str) -> bool {
    ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"].contains(&host)
}
