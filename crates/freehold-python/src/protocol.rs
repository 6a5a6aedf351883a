//! What the command and the agent say to each other, through files in one private directory.
//!
//! ```text
//! sitecustomize.py      loads the agent                          command → interpreter
//! freehold_agent.so     symbolic link to the agent               command → interpreter
//! pythonpath-was-set    present if PYTHONPATH was in use before  command → interpreter
//! request               what to do (`Request`)                   command → agent
//! status                how it went (`Status`)                   agent   → command
//! snapshot.fhs          one that goes nowhere else               agent   → command
//! ```
//!
//! Both sides carry [`VERSION`]; an agent asked by another version's command declines and says so.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Version of the exchange and of the package; equal on both sides or the agent declines.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// Name of the file that loads the agent.
pub const SITECUSTOMIZE: &str = "sitecustomize.py";
/// Name of the link to the agent library.
pub const AGENT: &str = "freehold_agent.so";
/// Name of the file that marks that `PYTHONPATH` was set before.
pub const PYTHONPATH_WAS_SET: &str = "pythonpath-was-set";

/// Name of a snapshot that is for the command alone: none was wanted, or it could not be written to its place.
pub const SPARE: &str = "snapshot.fhs";

/// What the command asks of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to write the snapshot; absolute.
    pub output: PathBuf,
    /// Put `-PID.fhs` behind `output`: the process that writes it knows its number.
    pub numbered: bool,
    /// What is run, for people: the script, `-m module` or `-c …`.
    pub program: String,
}

impl Request {
    /// Writes the request into `directory`, marked with this side's version.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let mut bytes = VERSION.as_bytes().to_vec();
        let numbered: &[u8] = if self.numbered { b"numbered" } else { b"" };
        for field in [self.output.as_os_str().as_bytes(), numbered, self.program.as_bytes()] {
            bytes.push(0);
            bytes.extend_from_slice(field);
        }
        fs::write(directory.join("request"), bytes)
    }

    /// Where the process numbered `pid` writes its snapshot.
    pub fn snapshot(&self, pid: u32) -> PathBuf {
        let mut name = self.output.clone().into_os_string();
        if self.numbered {
            name.push(format!("-{pid}.fhs"));
        }
        PathBuf::from(name)
    }

    /// Reads the request in `directory`; refuses one from another version.
    pub fn read(directory: &Path) -> io::Result<Request> {
        let bytes = fs::read(directory.join("request"))?;
        let mut fields = bytes.split(|&byte| byte == 0);
        let version = fields.next().unwrap_or_default();
        if version != VERSION.as_bytes() {
            let version = String::from_utf8_lossy(version);
            return Err(io::Error::other(format!(
                "the agent is of version {VERSION} and the command of {version}: build or install both together"
            )));
        }
        let mut field = || {
            fields
                .next()
                .ok_or_else(|| io::Error::other("the request to the agent is incomplete"))
        };
        let (output, numbered, program) = (field()?, field()?, field()?);
        Ok(Request {
            output: path(output),
            numbered: !numbered.is_empty(),
            program: String::from_utf8_lossy(program).into_owned(),
        })
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// How the agent's work stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The interpreter never ran `sitecustomize.py`.
    Absent,
    /// The agent is attached; the program has not ended in a way that runs exit handlers.
    Attached,
    /// The program could not start: nothing of it has run, so there is nothing to report.
    NotStarted,
    /// The snapshot is written, to this path.
    Saved(PathBuf),
    /// The snapshot could not be written to its place, and is in the exchange's directory ([`SPARE`]). Holds the
    /// reason.
    Displaced(String),
    /// This interpreter is not supported; the program was not run. Holds the reason.
    Refused(String),
    /// The program runs, but without a snapshot. Holds the reason.
    Failed(String),
}

impl Status {
    /// Records the status in `directory`.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let (word, detail): (&str, &[u8]) = match self {
            Status::Absent => return Ok(()),
            Status::Attached => ("attached", b""),
            Status::NotStarted => ("not-started", b""),
            Status::Saved(path) => ("saved", path.as_os_str().as_bytes()),
            Status::Displaced(reason) => ("displaced", reason.as_bytes()),
            Status::Refused(reason) => ("refused", reason.as_bytes()),
            Status::Failed(reason) => ("failed", reason.as_bytes()),
        };
        fs::write(directory.join("status"), [word.as_bytes(), b": ", detail].concat())
    }

    /// The status recorded in `directory`.
    pub fn read(directory: &Path) -> Status {
        let Ok(bytes) = fs::read(directory.join("status")) else {
            return Status::Absent;
        };
        let colon = bytes.iter().position(|&byte| byte == b':').unwrap_or(bytes.len());
        let detail = bytes.get(colon + 2..).unwrap_or_default();
        let reason = || String::from_utf8_lossy(detail).into_owned();
        match &bytes[..colon] {
            b"attached" => Status::Attached,
            b"not-started" => Status::NotStarted,
            b"saved" => Status::Saved(path(detail)),
            b"displaced" => Status::Displaced(reason()),
            b"refused" => Status::Refused(reason()),
            _ => Status::Failed(reason()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_the_file_and_another_version_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let request = Request {
            output: PathBuf::from("/tmp/a b\n"),
            numbered: true,
            program: "service.py".to_owned(),
        };
        request.write(directory.path()).unwrap();
        assert_eq!(Request::read(directory.path()).unwrap(), request);
        assert_eq!(request.snapshot(7), PathBuf::from("/tmp/a b\n-7.fhs"));

        fs::write(directory.path().join("request"), "0.0.0/0\0/x\0y").unwrap();
        let error = Request::read(directory.path()).unwrap_err().to_string();
        assert!(error.contains("0.0.0/0") && error.contains(VERSION), "{error}");
    }

    #[test]
    fn a_status_survives_the_file() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Status::read(directory.path()), Status::Absent);
        for status in [
            Status::Attached,
            Status::NotStarted,
            Status::Saved(PathBuf::from("/tmp/a: b.fhs")),
            Status::Displaced("not overwriting x: y".to_owned()),
            Status::Refused("Python 3.8: too old".to_owned()),
            Status::Failed("disk full".to_owned()),
        ] {
            status.write(directory.path()).unwrap();
            assert_eq!(Status::read(directory.path()), status);
        }
    }
}
