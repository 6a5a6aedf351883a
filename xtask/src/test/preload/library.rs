//! The library, and how a program is run with it and without.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Verdict;
use crate::error::Error;
use crate::test::command::{Finished, as_typed, run};
use crate::workspace::Workspace;

/// The shared library that was built.
pub struct Library<'a> {
    workspace: &'a Workspace,
    path: PathBuf,
}

/// Whether the library is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Plain,
    Preloaded,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Plain => "plain",
            Mode::Preloaded => "preloaded",
        }
    }
}

impl<'a> Library<'a> {
    /// The library at a path in the build directory.
    pub fn new(workspace: &'a Workspace, path: PathBuf) -> Self {
        let path = workspace.target().join(path);
        Library { workspace, path }
    }

    /// An empty directory for a program, in the build directory.
    pub fn directory(&self, name: &str) -> Result<PathBuf, Error> {
        let directory = self.workspace.target().join("preload").join(name);
        match std::fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(&directory, error)),
            _ => {}
        }
        std::fs::create_dir_all(&directory).map_err(|error| Error::io(&directory, error))?;
        Ok(directory)
    }

    /// Where a program writes what happens to it.
    pub fn log(&self, name: &str) -> Result<PathBuf, Error> {
        self.workspace.log(&format!("preload-{name}"))
    }

    /// Has the command load the library.
    pub fn preload(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.path);
    }

    /// Runs the command. Its log is named after the program.
    pub fn run(&self, name: &str, mode: Mode, command: &mut Command) -> Result<Finished, Error> {
        if mode == Mode::Preloaded {
            self.preload(command);
        }
        let mut finished = run(self.workspace, &format!("preload-{name}-{}", mode.name()), command)?;
        // The dynamic linker goes on without a library that it cannot load.
        finished.success &= !finished.output.contains("cannot be preloaded");
        Ok(finished)
    }

    /// Runs what `command` makes for a directory with the library and without, and compares what is printed.
    pub fn compare(&self, name: &str, note: &str, command: impl Fn(&Path) -> Command) -> Result<Verdict, Error> {
        let of = |mode: Mode| {
            // The same directory for both, so that the names of files are the same.
            let mut command = command(&self.directory(name)?);
            let finished = self.run(name, mode, &mut command)?;
            Ok((as_typed(&command), finished))
        };
        let (_, plain) = of(Mode::Plain)?;
        let (typed, preloaded) = of(Mode::Preloaded)?;
        if plain.success && preloaded.success && plain.output == preloaded.output {
            return Ok(Verdict::Passed(note.to_owned()));
        }
        let report = format!(
            "{typed}\nby itself ({}):\n{}\nwith the library ({}):\n{}",
            ending(&plain),
            plain.output.trim_end(),
            ending(&preloaded),
            preloaded.output.trim_end(),
        );
        Ok(Verdict::Failed(report))
    }
}

fn ending(finished: &Finished) -> &'static str {
    if finished.success { "it succeeded" } else { "it failed" }
}

/// Whether a program is on the path.
pub fn is_installed(program: &str) -> bool {
    let directories = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&directories).any(|directory| directory.join(program).is_file())
}
