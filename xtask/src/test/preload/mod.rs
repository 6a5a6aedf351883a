//! The step `preload`: programs that nobody here wrote, with the pool as their `malloc`.
//!
//! The shared library is built as it is used, in release, and loaded by `LD_PRELOAD`. Each program has a file here. What one of
//! them prints is compared with what it prints by itself, where that is the same each time. A program that is not installed is
//! skipped, and the step says how to get it.

mod git;
mod library;
mod python;
mod redis;
mod sqlite;

use std::path::PathBuf;

use super::command::run;
use super::{Outcome, Tally};
use crate::error::Error;
use crate::workspace::Workspace;
use library::Library;

/// What became of one program.
enum Verdict {
    Passed(String),
    /// It is not there; how to get it.
    Missing(&'static str),
    Failed(String),
}

/// A program: what it is called, and how it is run and judged.
type Program = (&'static str, fn(&Library) -> Result<Verdict, Error>);

const PROGRAMS: [Program; 4] = [
    ("sqlite3", sqlite::judge),
    ("git", git::judge),
    ("redis", redis::judge),
    ("python", python::judge),
];

/// Builds the library and runs the programs with it.
pub fn programs(workspace: &Workspace) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("the library replaces malloc on Linux only".to_owned()));
    }
    let mut build = workspace.cargo(["build", "--release", "-p", "freehold-malloc"]);
    let built = run(workspace, "preload-build", &mut build)?;
    if !built.success {
        return Ok(built.into_check(""));
    }
    let library = Library::new(workspace, PathBuf::from("release/libfreehold_malloc.so"));
    let (mut tally, mut notes, mut failures) = (Tally::default(), Vec::new(), Vec::new());
    for (name, judge) in PROGRAMS {
        match judge(&library)? {
            Verdict::Passed(note) => {
                tally += Tally::one_passed();
                notes.push(format!("{name}: {note}"));
            }
            Verdict::Missing(how) => {
                tally += Tally::one_skipped();
                notes.push(format!("{name} skipped; to get it: {how}"));
            }
            Verdict::Failed(report) => {
                tally += Tally::one_failed();
                failures.push(format!("{name}: {report}"));
            }
        }
    }
    if failures.is_empty() {
        return Ok(Outcome::Ran(tally, notes.join(" · ")));
    }
    Ok(Outcome::Failed(tally, failures.join("\n\n")))
}
