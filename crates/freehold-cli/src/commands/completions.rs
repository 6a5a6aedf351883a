//! `freehold completions`: completions for a shell, to be sourced by it.

use std::io;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Arguments;
use crate::error::Error;

/// Print completions for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        clap_complete::generate(self.shell, &mut Arguments::command(), "freehold", &mut io::stdout());
        Ok(ExitCode::SUCCESS)
    }
}
