//! git: a repository of a few thousand files, packed, checked, cloned and searched. With its dates given, the names of its commits
//! are the same each time.

use std::process::Command;

use super::Verdict;
use super::library::{Library, is_installed};
use crate::error::Error;

const SCRIPT: &str = include_str!("git.sh");

/// Runs the script with the library and without.
pub fn judge(library: &Library) -> Result<Verdict, Error> {
    if !is_installed("git") {
        return Ok(Verdict::Missing("apt-get install git"));
    }
    library.compare("git", "the same commits", |directory| {
        let mut command = Command::new("sh");
        command.args(["-euc", SCRIPT]).current_dir(directory);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A. N. Author");
            command.env(format!("GIT_{who}_EMAIL"), "author@example.org");
            command.env(format!("GIT_{who}_DATE"), "2001-02-03T04:05:06Z");
        }
        // Nobody's own settings, and no repository around this one.
        command
            .env("HOME", directory)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", directory);
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "XDG_CONFIG_HOME"] {
            command.env_remove(variable);
        }
        command
    })
}
