//! `freehold run`: runs a Python program under the user's interpreter and reports at its end.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use freehold_python::protocol::Status;
use freehold_snapshot::Snapshot;

use crate::child::{self, Ending};
use crate::error::Error;
use crate::interpreter::Interpreter;
use crate::library;
use crate::program::Program;
use crate::session::{Output, Session};
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
        let session = Session::open(&library::find()?, &output, &program.title)?;
        let ending = child::run(&interpreter, &self.program, &session)?;
        match session.status() {
            Status::Saved(path) => self.report(&path)?,
            Status::NotStarted => {}
            Status::Refused(reason) => return Err(Error::refused(reason)),
            Status::Failed(reason) => terminal::complain(&Error::no_report(&reason)),
            Status::Attached => terminal::complain(&Error::no_report(&ending.without_handlers())),
            Status::Absent => terminal::complain(&Error::not_loaded(&interpreter)),
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

    fn report(&self, path: &Path) -> Result<(), Error> {
        let snapshot = Snapshot::load(path)?;
        let analysis = snapshot.analyse();
        if let Some(file) = &self.json {
            let json = freehold_snapshot::report::Json { pretty: true }.render(&analysis);
            fs::write(file, json).map_err(|cause| Error::write(file, cause))?;
        }
        if !self.quiet {
            terminal::report(&analysis, Stream::Err);
            if !self.no_snapshot {
                terminal::note(&format!("snapshot: {}", path.display()));
            }
        }
        Ok(())
    }
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
