//! The snapshot on disk: a directory of Parquet tables and `meta.json`.
//!
//! `docs/snapshot-format.md` is the specification. [`tables`] maps columns to the tables of the
//! specification, [`write`] and [`read`] are the only users of the `parquet` crate, [`pages`] refuses pages
//! that lie about their size before that crate sees them, and [`directory`] makes saving atomic.

mod directory;
mod meta;
mod pages;
mod read;
mod schema;
mod tables;
mod write;

use std::io::ErrorKind;
use std::path::Path;

use crate::format::directory::Staging;
use crate::format::meta::Totals;
use crate::{Error, Snapshot};

/// The format that this version reads and writes.
const VERSION: u64 = 1;

impl Snapshot {
    /// Writes the snapshot as a directory at `path`, replacing a snapshot that is there.
    ///
    /// The whole is written beside `path` and renamed into place, so a crash leaves no partial snapshot at
    /// `path`. O(size).
    ///
    /// # Errors
    /// When the system refuses ([`Error::is_io`]), or what is at `path` is not a snapshot
    /// ([`Error::is_occupied`]); then nothing was changed.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let staging = Staging::beside(path)?;
        tables::save(self, staging.path())?;
        meta::save(&self.meta, Totals::of(self), staging.path())?;
        staging.publish()
    }

    /// Whether what is at `path` would let [`save`](Self::save) put a snapshot there: nothing, or another one.
    ///
    /// # Errors
    /// When something else is at `path` ([`Error::is_occupied`]) or the system refuses to tell.
    pub fn check_target(path: &Path) -> Result<(), Error> {
        directory::check_replaceable(path)
    }

    /// Reads the snapshot at `path`, trusting nothing in it. O(size).
    ///
    /// # Errors
    /// When there is nothing at `path`, it is not a snapshot, has another format version, is damaged, or
    /// the system refuses; see the predicates of [`Error`].
    pub fn load(path: &Path) -> Result<Snapshot, Error> {
        check_is_directory(path)?;
        let (meta, totals) = meta::load(path)?;
        tables::load(path, meta, totals)
    }
}

fn check_is_directory(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(Error::not_a_snapshot(path, "it is a file, not a directory")),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Err(Error::missing(path)),
        Err(cause) => Err(Error::io("read", path, cause)),
    }
}
