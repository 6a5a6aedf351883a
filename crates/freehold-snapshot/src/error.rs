//! The crate's one error: what happened, to what, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Anything that can go wrong in building, writing or reading a snapshot.
///
/// The message is one or two sentences fit for a user; [`std::error::Error::source`] has the cause where
/// another library gave one.
pub struct Error {
    kind: Box<Kind>,
}

#[derive(Debug)]
enum Kind {
    /// The capture broke the builder's rules.
    Capture(String),
    /// More of something than ids can count.
    Limit(&'static str),
    /// The operating system refused.
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    /// There is nothing at the path.
    Missing(PathBuf),
    /// There is something else at the path.
    NotASnapshot { path: PathBuf, because: String },
    /// It is a snapshot of a format that this version cannot read.
    Version { path: PathBuf, found: u64, known: u64 },
    /// It is a snapshot, and it is damaged.
    Corrupt {
        file: PathBuf,
        because: String,
        cause: Option<parquet::errors::ParquetError>,
    },
    /// Saving would destroy something that is not a snapshot.
    Occupied { path: PathBuf, because: String },
}

impl Error {
    fn new(kind: Kind) -> Error {
        Error { kind: Box::new(kind) }
    }

    pub(crate) fn capture(because: impl Into<String>) -> Error {
        Error::new(Kind::Capture(because.into()))
    }

    pub(crate) fn limit(what: &'static str) -> Error {
        Error::new(Kind::Limit(what))
    }

    pub(crate) fn io(doing: &'static str, path: &Path, cause: io::Error) -> Error {
        let path = path.to_path_buf();
        Error::new(Kind::Io { doing, path, cause })
    }

    pub(crate) fn missing(path: &Path) -> Error {
        Error::new(Kind::Missing(path.to_path_buf()))
    }

    pub(crate) fn not_a_snapshot(path: &Path, because: impl Into<String>) -> Error {
        Error::new(Kind::NotASnapshot {
            path: path.to_path_buf(),
            because: because.into(),
        })
    }

    pub(crate) fn version(path: &Path, found: u64, known: u64) -> Error {
        let path = path.to_path_buf();
        Error::new(Kind::Version { path, found, known })
    }

    pub(crate) fn corrupt(file: &Path, because: impl Into<String>) -> Error {
        Error::new(Kind::Corrupt {
            file: file.to_path_buf(),
            because: because.into(),
            cause: None,
        })
    }

    pub(crate) fn parquet(file: &Path, cause: parquet::errors::ParquetError) -> Error {
        Error::new(Kind::Corrupt {
            file: file.to_path_buf(),
            because: "it is not a readable Parquet table".into(),
            cause: Some(cause),
        })
    }

    pub(crate) fn occupied(path: &Path, because: impl Into<String>) -> Error {
        Error::new(Kind::Occupied {
            path: path.to_path_buf(),
            because: because.into(),
        })
    }

    /// Whether there is nothing at the path given.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.kind, Kind::Missing(_))
    }

    /// Whether what is at the path is something other than a snapshot.
    pub fn is_not_a_snapshot(&self) -> bool {
        matches!(*self.kind, Kind::NotASnapshot { .. })
    }

    /// Whether the snapshot was written in a format that this version does not know.
    pub fn is_unsupported_version(&self) -> bool {
        matches!(*self.kind, Kind::Version { .. })
    }

    /// Whether the snapshot is incomplete or damaged.
    pub fn is_corrupt(&self) -> bool {
        matches!(*self.kind, Kind::Corrupt { .. })
    }

    /// Whether saving was refused because something else is at the path.
    pub fn is_occupied(&self) -> bool {
        matches!(*self.kind, Kind::Occupied { .. })
    }

    /// Whether the operating system refused to read or write.
    pub fn is_io(&self) -> bool {
        matches!(*self.kind, Kind::Io { .. })
    }

    /// Whether the capture broke the rules of [`crate::Builder`], or outgrew its ids.
    pub fn is_capture(&self) -> bool {
        matches!(*self.kind, Kind::Capture(_) | Kind::Limit(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::Capture(because) => write!(f, "the capture is inconsistent: {because}"),
            Kind::Limit(what) => write!(
                f,
                "the heap is too large for one snapshot: it has more than 4,294,967,294 {what}"
            ),
            Kind::Io { doing, path, cause } => {
                write!(f, "cannot {doing} {}: {cause}", path.display())
            }
            Kind::Missing(path) => write!(f, "there is no snapshot at {}; check the path", path.display()),
            Kind::NotASnapshot { path, because } => write!(
                f,
                "{} is not a snapshot: {because}; give the .fhs directory that was written",
                path.display()
            ),
            Kind::Version { path, found, known } => write!(
                f,
                "{} has snapshot format {found}, and this version reads format {known}; use the \
                 version of freehold that wrote it, or a newer one",
                path.display()
            ),
            Kind::Corrupt { file, because, .. } => write!(
                f,
                "the snapshot is damaged at {}: {because}; take the snapshot again or copy it again",
                file.display()
            ),
            Kind::Occupied { path, because } => write!(
                f,
                "not overwriting {}: {because}; choose another path or move it away",
                path.display()
            ),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.kind {
            Kind::Io { cause, .. } => Some(cause),
            Kind::Corrupt { cause: Some(cause), .. } => Some(cause),
            _ => None,
        }
    }
}
