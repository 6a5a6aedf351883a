//! The one error type of the tasks: what happened, to what, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a task could not be carried out. A test that fails is not an error but a result.
#[derive(Debug)]
pub struct Error {
    message: String,
    usage: bool,
    cause: Option<io::Error>,
}

impl Error {
    /// The task itself could not do its work.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            usage: false,
            cause: None,
        }
    }

    /// The command line was not understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            usage: true,
            ..Self::new(message)
        }
    }

    /// Reading, writing or starting `what` failed.
    pub fn io(what: impl AsRef<Path>, cause: io::Error) -> Self {
        Self {
            cause: Some(cause),
            ..Self::new(format!("{}", what.as_ref().display()))
        }
    }

    /// Whether the usage should be shown.
    pub fn is_usage(&self) -> bool {
        self.usage
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
