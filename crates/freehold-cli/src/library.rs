//! Where the agent library is: beside the command, among cargo's dependencies, or installed.

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::Error;

/// File name of the agent library.
const NAME: &str = "libfreehold_agent.so";

/// The path of the agent library.
///
/// `cargo build` puts it beside the command; `cargo run` leaves it in `deps`, where a newer one may be. So the
/// newest of those two is taken. The agent itself checks that it is of the command's version.
pub fn find() -> Result<PathBuf, Error> {
    if let Some(named) = env::var_os("FREEHOLD_AGENT").map(PathBuf::from) {
        return named.canonicalize().map_err(|_| Error::no_agent());
    }
    let command = env::current_exe()
        .and_then(|path| path.canonicalize())
        .map_err(|_| Error::no_agent())?;
    let directory = command.parent().ok_or_else(Error::no_agent)?;
    let built = [directory.join(NAME), directory.join("deps").join(NAME)];
    let newest = built
        .into_iter()
        .filter(|path| path.exists())
        .max_by_key(|path| modified(path));
    let installed = directory.join("../lib/freehold").join(NAME);
    newest
        .or_else(|| installed.canonicalize().ok())
        .ok_or_else(Error::no_agent)
}

fn modified(path: &Path) -> SystemTime {
    path.metadata()
        .and_then(|file| file.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
