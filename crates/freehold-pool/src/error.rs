//! The crate's error.

use std::fmt;

/// Why the pool could not do what it was asked to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum ErrorKind {
    OutOfMemory { bytes: usize },
}

impl Error {
    pub(crate) fn out_of_memory(bytes: usize) -> Error {
        Error {
            kind: ErrorKind::OutOfMemory { bytes },
        }
    }

    /// Whether the system had no memory to give.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self.kind, ErrorKind::OutOfMemory { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::OutOfMemory { bytes } => write!(
                f,
                "the system has no {bytes} bytes to reserve; reserve less, or raise the limit of the process or its container"
            ),
        }
    }
}

impl std::error::Error for Error {}
