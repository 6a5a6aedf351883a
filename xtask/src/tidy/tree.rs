//! The text files of a checkout, by their path relative to its root.
//!
//! The walk leaves out what `.gitignore` leaves out (build directories, virtual environments, caches, snapshots) and
//! everything that is not text of this project's kinds. New files count before they are committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::Error;

const KINDS: [&str; 10] = ["rs", "toml", "md", "py", "pyi", "yml", "yaml", "sh", "txt", "c"];
const IGNORED: [&str; 5] = ["target", ".git", ".venv", "__pycache__", ".pytest_cache"];

/// Every text file, and every path that exists.
#[derive(Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the checkout at `root`.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let mut tree = Self::default();
        let mut pending = vec![String::new()];
        while let Some(directory) = pending.pop() {
            let absolute = root.join(&directory);
            for entry in std::fs::read_dir(&absolute).map_err(|error| Error::io(&absolute, error))? {
                let entry = entry.map_err(|error| Error::io(&absolute, error))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if directory.is_empty() {
                    name.clone()
                } else {
                    format!("{directory}/{name}")
                };
                if is_ignored(&name) {
                    continue;
                }
                if entry.path().is_dir() {
                    pending.push(path.clone());
                    tree.paths.insert(path);
                } else {
                    tree.add_file(&path, &entry.path());
                }
            }
        }
        Ok(tree)
    }

    fn add_file(&mut self, path: &str, absolute: &Path) {
        let is_script = path.starts_with(".ci/");
        if (is_script || KINDS.contains(&extension(path))) && !path.ends_with("Cargo.lock") {
            // A file that vanished meanwhile, or that is not UTF-8, has no lines to check.
            if let Ok(text) = std::fs::read_to_string(absolute) {
                self.files.insert(path.to_owned(), text);
            }
        }
        self.paths.insert(path.to_owned());
    }

    /// A tree in memory.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.files.insert((*path).to_owned(), (*text).to_owned());
            let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
            tree.paths.extend(ends.map(|end| path[..end].to_owned()));
        }
        tree
    }

    /// Every text file with its path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end in `.extension`.
    pub fn with_extension<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| extension(path) == wanted)
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file or directory has this path.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }
}

fn extension(path: &str) -> &str {
    path.rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map_or("", |(_, extension)| extension)
}

fn is_ignored(name: &str) -> bool {
    IGNORED.contains(&name) || name.ends_with(".fhs")
}

/// The line without its `//` comment. A `//` inside a string ends the line too early, which can only hide a finding.
pub fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// Whether the path lies in a directory of tests, or is a file of unit tests.
pub fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}
