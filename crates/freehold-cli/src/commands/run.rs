//! `freehold run`: runs a Python program under the user's interpreter and reports at its end.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use freehold_python::protocol::Status;
use freehold_snapshot::{Snapshot, report};

use crate::child::{self, Ending};
use crate::error::Error;
use crate::interpreter::Interpreter;
use crate::library;
use crate::program::Program;
use crate::session::{self, Output, Session};
use crate::terminal::{self, Stream};

/// Run a Python program, watch it, report at the end.
///
/// The program runs unchanged under your own interpreter: the one of the active virtual environment, or python3.
/// Options after the script, -m or -c belong to the program.
#[derive(Debug, Args)]
#[command(override_usage = "freehold run [OPTIONS] (SCRIPT.py | -m MODULE | -c CODE) [ARGS]...")]
pub struct Run {
    /// Where to write the snapshot [default: SCRIPT-PID.fhs in the current directory]
    #[arg(short, long, value_name = "PATH.fhs", conflicts_with = "no_snapshot")]
    output: Option<PathBuf>,

    /// Write no snapshot, only report
    #[arg(long)]
    no_snapshot: bool,

    /// Print no report
    #[arg(short, long)]
    quiet: bool,

    /// Write the report to a file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// The interpreter to run the program with
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,

    /// The program as after `python`: a script, -m and a module, or -c and code; then its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PROGRAM"
    )]
    program: Vec<OsString>,
}

impl Run {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let program = Program::parse(&self.program)?;
        let interpreter = Interpreter::find(self.python.as_deref())?;
        let output = self.output(&program)?;
        let json = self.json.as_deref().map(json_target).transpose()?;
        let session = Session::open(&library::find()?, &output, &program.title)?;
        let ending = child::run(&interpreter, &self.program, &session)?;
        let outcome = match session.status() {
            Status::Saved(path) => self.report(&path, !self.no_snapshot, json.as_deref()),
            Status::Displaced(reason) => {
                let reported = self.report(&session.spare(), false, json.as_deref());
                terminal::complain(&Error::not_saved(&reason));
                reported
            }
            Status::NotStarted => Ok(()),
            Status::Refused(reason) => return Err(Error::refused(reason)),
            Status::Failed(reason) => Err(Error::no_report(&reason)),
            Status::Attached => Err(Error::no_report(&ending.without_handlers())),
            Status::Absent => Err(Error::not_loaded(&interpreter)),
        };
        // The program has run: what went wrong since is told, and does not change how we end.
        if let Err(error) = outcome {
            terminal::complain(&error);
        }
        drop(session);
        Ok(ending.repeat())
    }

    fn output(&self, program: &Program) -> Result<Output, Error> {
        if self.no_snapshot {
            return Ok(Output::Temporary);
        }
        match &self.output {
            Some(path) => Output::at(path),
            None => Output::numbered(Path::new(&program.stem)),
        }
    }

    /// Reports on the snapshot at `path`, which is there to stay if it is `kept`.
    fn report(&self, path: &Path, kept: bool, json: Option<&Path>) -> Result<(), Error> {
        let snapshot = Snapshot::load(path)?;
        let analysis = snapshot.analyse();
        if !self.quiet {
            terminal::note(&terminal::report(&analysis, Stream::Err));
            if kept {
                terminal::note(&format!("\nsnapshot: {}\n", path.display()));
            }
        }
        let Some(file) = json else { return Ok(()) };
        let json = report::Json { pretty: true }.render(&analysis);
        fs::write(file, json).map_err(|cause| Error::write(file, cause))
    }
}

/// The file for the report as JSON, absolute, as the directory it is in must take files.
fn json_target(path: &Path) -> Result<PathBuf, Error> {
    session::beside(path)
        .filter(|path| !path.is_dir())
        .ok_or_else(|| Error::no_place(path))
}

impl Ending {
    /// Why exit handlers did not run.
    fn without_handlers(&self) -> String {
        match self {
            Ending::Exit(_) => "the program ended without running its exit handlers (os._exit or os.exec)".to_owned(),
            Ending::Signal(signal) => format!(
                "the program was killed by signal {signal} ({})",
                child::signal_name(*signal)
            ),
        }
    }
}
