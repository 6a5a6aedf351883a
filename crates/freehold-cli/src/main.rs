//! The `freehold` command: what a program holds, what holds it, and what grew.
//!
//! One file a subcommand, in `commands`. Errors are one sentence and a hint on stderr; exit code 2 is wrong usage
//! and 1 a failure of ours; `freehold run` otherwise ends as the program did.

mod child;
mod commands;
mod error;
mod interpreter;
mod library;
mod program;
mod session;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    match arguments.command.run() {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
