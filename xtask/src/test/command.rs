//! Programs that a step runs: their output goes to a log, and its end is shown when they fail.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Outcome, Tally};
use crate::error::Error;
use crate::workspace::Workspace;

/// Lines of a failed program's output that are shown; the rest is in the log.
const SHOWN: usize = 300;

/// What a program did.
pub struct Finished {
    pub success: bool,
    pub output: String,
    log: PathBuf,
}

/// Runs the program, with both of its output streams, in their order, in the log of that name.
pub fn run(workspace: &Workspace, name: &str, command: &mut Command) -> Result<Finished, Error> {
    let log = workspace.log(name)?;
    let file = File::create(&log).map_err(|error| Error::io(&log, error))?;
    let both = file.try_clone().map_err(|error| Error::io(&log, error))?;
    let status = command.stdin(Stdio::null()).stdout(file).stderr(both).status();
    let status = status.map_err(|error| Error::io(PathBuf::from(command.get_program()), error))?;
    let bytes = std::fs::read(&log).map_err(|error| Error::io(&log, error))?;
    Ok(Finished {
        success: status.success(),
        output: String::from_utf8_lossy(&bytes).into_owned(),
        log,
    })
}

/// The command as it would be typed into a shell, with the variables that it sets.
pub fn as_typed(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_string_lossy(), value?.to_string_lossy())))
        .map(|(name, value)| format!("{name}={}", quoted(&value)));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

/// The word, in quotes if a shell would not take it as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Finished {
    /// The outcome of a check that counts as one.
    pub fn into_check(self, note: &str) -> Outcome {
        if self.success {
            Outcome::Ran(Tally::one_passed(), note.to_owned())
        } else {
            self.failed(Tally::one_failed())
        }
    }

    /// The outcome of a program whose output names its tests.
    pub fn into_tests(self, read: fn(&str) -> Tally, note: &str) -> Outcome {
        let tally = read(&self.output);
        // A run without a test, or whose summary is not understood, shows nothing.
        if self.success && !tally.has_failures() && tally.has_passes() {
            return Outcome::Ran(
                tally,
                format!("{tally}{}{note}", if note.is_empty() { "" } else { " · " }),
            );
        }
        self.failed(tally.failing())
    }

    fn failed(&self, tally: Tally) -> Outcome {
        let lines: Vec<&str> = self.output.lines().filter(|line| !is_progress(line)).collect();
        let shown = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
        Outcome::Failed(tally, format!("{shown}\n(all of it: {})", self.log.display()))
    }

    /// Whether cargo says that it has no such command: a tool that is not installed.
    pub fn lacks_command(&self) -> bool {
        !self.success && (self.output.contains("no such command") || self.output.contains("is not installed"))
    }
}

/// Whether cargo only says which crate it is at.
fn is_progress(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or("");
    line.starts_with("  ") && ["Compiling", "Checking", "Downloading", "Downloaded", "Documenting"].contains(&first)
}

#[cfg(test)]
mod tests {
    use super::{as_typed, is_progress};
    use std::process::Command;

    #[test]
    fn a_command_can_be_typed_again() {
        let mut command = Command::new("cargo");
        command
            .args(["test", "it's"])
            .env("RUSTFLAGS", "--cfg loom")
            .env_remove("CARGO");
        assert_eq!(as_typed(&command), r"RUSTFLAGS='--cfg loom' cargo test 'it'\''s'");
    }

    #[test]
    fn progress_is_told_from_errors() {
        assert!(is_progress("    Checking glob v0.3.4"));
        assert!(!is_progress("Checking what the test prints"));
        assert!(!is_progress("error: redundant closure"));
    }
}
