//! One run's private directory: through it the agent gets into the interpreter, and its answer comes back.
//!
//! The directory goes first on `PYTHONPATH` and is deleted with the session.

use std::env;
use std::ffi::{CString, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use freehold_python::protocol::{self, Request, Status};
use freehold_snapshot::Snapshot;
use tempfile::TempDir;

use crate::error::Error;

/// Where the snapshot goes.
#[derive(Debug)]
pub enum Output {
    /// To a path that the user gave.
    Path(PathBuf),
    /// To this path and `-PID.fhs`.
    Numbered(PathBuf),
    /// Into the session's directory, to be deleted with it.
    Temporary,
}

impl Output {
    /// A path that the user gave.
    pub fn at(path: &Path) -> Result<Output, Error> {
        let path = writable(path)?;
        Snapshot::check_target(&path).map_err(Error::occupied)?;
        Ok(Output::Path(path))
    }

    /// A stem in the current directory.
    pub fn numbered(stem: &Path) -> Result<Output, Error> {
        writable(stem).map(Output::Numbered)
    }
}

/// The absolute form of `path`, whose directory must exist and take files: better to know before a long run.
fn writable(path: &Path) -> Result<PathBuf, Error> {
    beside(path).ok_or_else(|| Error::no_directory(path))
}

/// The absolute form of `path`, if its directory exists and takes files.
pub fn beside(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let directory = absolute.parent()?;
    let name = CString::new(directory.as_os_str().as_bytes()).ok()?;
    // SAFETY: the name is a C string.
    let allowed = directory.is_dir() && unsafe { libc::access(name.as_ptr(), libc::W_OK | libc::X_OK) } == 0;
    allowed.then_some(absolute)
}

/// A prepared directory.
#[derive(Debug)]
pub struct Session {
    directory: TempDir,
}

impl Session {
    /// Prepares a directory for one run of the program called `title`.
    pub fn open(agent: &Path, output: &Output, title: &str) -> Result<Session, Error> {
        let directory = tempfile::Builder::new()
            .prefix("freehold-")
            .tempdir()
            .map_err(Error::session)?;
        let session = Session { directory };
        session.fill(agent, output, title).map_err(Error::session)?;
        Ok(session)
    }

    fn fill(&self, agent: &Path, output: &Output, title: &str) -> std::io::Result<()> {
        let inside = |name: &str| self.directory.path().join(name);
        std::fs::write(inside(protocol::SITECUSTOMIZE), freehold_python::SITECUSTOMIZE)?;
        symlink(agent, inside(protocol::AGENT))?;
        if env::var_os("PYTHONPATH").is_some() {
            File::create(inside(protocol::PYTHONPATH_WAS_SET))?;
        }
        let (output, numbered) = match output {
            Output::Path(path) => (path.clone(), false),
            Output::Numbered(stem) => (stem.clone(), true),
            Output::Temporary => (inside(protocol::SPARE), false),
        };
        let request = Request {
            output,
            numbered,
            program: title.to_owned(),
        };
        request.write(self.directory.path())
    }

    /// What `PYTHONPATH` must be for the interpreter to find the agent: ours first, then what was there. An empty
    /// value counts as none, as it does for Python.
    pub fn python_path(&self) -> OsString {
        let mut path = self.directory.path().as_os_str().to_owned();
        if let Some(before) = env::var_os("PYTHONPATH").filter(|before| !before.is_empty()) {
            path.push(":");
            path.push(before);
        }
        path
    }

    /// Where the agent leaves a snapshot that goes nowhere else.
    pub fn spare(&self) -> PathBuf {
        self.directory.path().join(protocol::SPARE)
    }

    /// How the agent's work stands.
    pub fn status(&self) -> Status {
        Status::read(self.directory.path())
    }
}
