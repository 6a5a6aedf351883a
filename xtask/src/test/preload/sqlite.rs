//! sqlite3: tables, indexes, joins, deletions and a check of the file's integrity.

use std::process::Command;

use super::Verdict;
use super::library::{Library, is_installed};
use crate::error::Error;

const SCRIPT: &str = include_str!("sqlite.sql");

/// Runs the script with the library and without.
pub fn judge(library: &Library) -> Result<Verdict, Error> {
    if !is_installed("sqlite3") {
        return Ok(Verdict::Missing("apt-get install sqlite3"));
    }
    library.compare("sqlite3", "the same tables", |directory| {
        let mut command = Command::new("sqlite3");
        command.args(["-bail", "tables.db", SCRIPT]).current_dir(directory);
        command
    })
}
