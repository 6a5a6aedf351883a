//! The subcommands.

mod completions;
mod diff;
mod export;
mod report;
mod run;
mod why;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;

/// What a program holds, what holds it, and what grew.
#[derive(Debug, Parser)]
#[command(name = "freehold", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A subcommand with its own arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(run::Run),
    Report(report::Report),
    Diff(diff::Diff),
    Why(why::Why),
    Export(export::Export),
    Completions(completions::Completions),
}

impl Command {
    /// Does it; the code is the process's.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self {
            Command::Run(run) => run.run(),
            Command::Report(report) => report.run(),
            Command::Diff(diff) => diff.run(),
            Command::Why(why) => why.run(),
            Command::Export(export) => export.run(),
            Command::Completions(completions) => completions.run(),
        }
    }
}
