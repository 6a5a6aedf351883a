//! Atomic replacement of a snapshot directory.
//!
//! Files are written into a hidden sibling, which is renamed into place when all of them are on the disk.
//! `rename` does not replace a directory that has files, so an old snapshot is renamed aside first and
//! deleted last: between the two renames there is no snapshot at the path, and never half of one.
//! Only files that a snapshot consists of are ever deleted.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::format::{meta, schema};

/// A temporary directory that becomes a snapshot, or disappears when dropped unpublished.
pub(super) struct Staging {
    directory: PathBuf,
    target: PathBuf,
    parent: PathBuf,
}

impl Staging {
    /// A staging directory beside `target`, once it is certain that `target` may be replaced.
    pub(super) fn beside(target: &Path) -> Result<Staging, Error> {
        check_replaceable(target)?;
        let name = target
            .file_name()
            .ok_or_else(|| Error::occupied(target, "it is not a name for a snapshot"))?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let directory = create_unused(&parent, &name.to_string_lossy(), "new")?;
        Ok(Staging {
            directory,
            target: target.to_path_buf(),
            parent,
        })
    }

    /// Where to write the files.
    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    /// Puts the snapshot in place of whatever snapshot was there.
    pub(super) fn publish(self) -> Result<(), Error> {
        let failed = |cause| Error::io("write", &self.target, cause);
        sync_directory(&self.directory).map_err(failed)?;
        check_replaceable(&self.target)?;
        let old = self.set_aside()?;
        if let Err(cause) = fs::rename(&self.directory, &self.target) {
            if let Some(old) = old {
                fs::rename(old, &self.target).map_err(failed)?;
            }
            return Err(failed(cause));
        }
        sync_directory(&self.parent).map_err(failed)?;
        if let Some(old) = old {
            remove_snapshot(&old);
        }
        Ok(())
    }

    /// Renames the snapshot at the target, if there is one, to a free hidden name.
    fn set_aside(&self) -> Result<Option<PathBuf>, Error> {
        if fs::symlink_metadata(&self.target).is_err() {
            return Ok(None);
        }
        let name = self.target.file_name().unwrap_or_default();
        // An empty directory is what `rename` may replace, so the free name is reserved by making one.
        let aside = create_unused(&self.parent, &name.to_string_lossy(), "old")?;
        fs::rename(&self.target, &aside).map_err(|cause| Error::io("move aside", &self.target, cause))?;
        Ok(Some(aside))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After publication nothing is left under this name, and removal finds nothing to do.
        remove_snapshot(&self.directory);
    }
}

/// Makes a new directory `.NAME.PID-N.KIND`, for the first free N.
fn create_unused(parent: &Path, name: &str, kind: &str) -> Result<PathBuf, Error> {
    let pid = std::process::id();
    let mut attempt = 0_u32;
    loop {
        let path = parent.join(format!(".{name}.{pid}-{attempt}.{kind}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists && attempt < 1000 => {
                attempt += 1;
            }
            Err(cause) => return Err(Error::io("create", &path, cause)),
        }
    }
}

/// Succeeds if there is nothing at `target`, an empty directory, or a snapshot and nothing but a snapshot.
pub(super) fn check_replaceable(target: &Path) -> Result<(), Error> {
    let found = match fs::symlink_metadata(target) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(Error::io("read", target, cause)),
    };
    if !found.is_dir() {
        return Err(Error::occupied(target, "it is not a snapshot directory"));
    }
    let mut entries = fs::read_dir(target)
        .map_err(|cause| Error::io("read", target, cause))?
        .flatten()
        .peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    if !meta::identifies(target) {
        return Err(Error::occupied(target, "it is not a snapshot"));
    }
    let ours: Vec<&str> = files().collect();
    match entries.find(|entry| !ours.iter().any(|file| entry.file_name() == *file)) {
        None => Ok(()),
        Some(stranger) => Err(Error::occupied(
            target,
            format!(
                "it also holds {}, which is no part of a snapshot",
                stranger.file_name().to_string_lossy()
            ),
        )),
    }
}

fn files() -> impl Iterator<Item = &'static str> {
    schema::ALL.iter().map(|table| table.file).chain([meta::FILE])
}

/// Deletes a snapshot's files and then the directory; what is not a snapshot's stays.
fn remove_snapshot(directory: &Path) {
    for file in files() {
        let _ = fs::remove_file(directory.join(file));
    }
    let _ = fs::remove_dir(directory);
}

/// Flushes the directory's own entries. Systems that cannot open a directory have nothing to flush.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
