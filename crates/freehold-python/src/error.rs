//! Why the agent cannot do its work.

use std::{fmt, io};

/// An obstacle to attaching the agent or to capturing the heap.
#[derive(Debug)]
pub struct Error(Cause);

#[derive(Debug)]
enum Cause {
    Symbol(&'static str),
    Version(String),
    Collector,
    Exchange(io::Error),
    Snapshot(freehold_snapshot::Error),
    Python(&'static str),
}

impl Error {
    pub(crate) fn symbol(name: &'static str) -> Self {
        Self(Cause::Symbol(name))
    }

    pub(crate) fn version(version: &str) -> Self {
        Self(Cause::Version(version.to_owned()))
    }

    pub(crate) fn collector() -> Self {
        Self(Cause::Collector)
    }

    pub(crate) fn exchange(cause: io::Error) -> Self {
        Self(Cause::Exchange(cause))
    }

    pub(crate) fn python(action: &'static str) -> Self {
        Self(Cause::Python(action))
    }

    /// Whether the interpreter is of a version or build whose heap the agent cannot read.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.0, Cause::Symbol(_) | Cause::Version(_) | Cause::Collector)
    }
}

impl From<freehold_snapshot::Error> for Error {
    fn from(cause: freehold_snapshot::Error) -> Self {
        Self(Cause::Snapshot(cause))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Symbol(name) => write!(
                f,
                "this interpreter exports no {name}: use a regular build of CPython 3.9 to 3.13"
            ),
            Cause::Version(version) => write!(
                f,
                "the heap layout of Python {version} is not known: use CPython 3.9 to 3.13"
            ),
            Cause::Collector => f.write_str(
                "the lists of the cycle collector are not where this version keeps them: use a regular build of CPython",
            ),
            Cause::Exchange(cause) => write!(f, "the agent and the command do not understand each other: {cause}"),
            Cause::Snapshot(cause) => write!(f, "{cause}"),
            Cause::Python(action) => write!(f, "the interpreter failed to {action}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Exchange(cause) => Some(cause),
            Cause::Snapshot(cause) => Some(cause),
            _ => None,
        }
    }
}
