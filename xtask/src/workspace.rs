//! Where the workspace and its build directory are, and how its cargo is called.
//!
//! `cargo metadata` is the source: it honours `CARGO_TARGET_DIR` and configuration files, so no path is guessed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::Error;

/// The checkout that the task works on.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// Asks cargo about the workspace that this task belongs to.
    pub fn locate() -> Result<Self, Error> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .ok_or_else(|| Error::new("run the tasks through cargo: `cargo xtask test`"))?;
        let mut command = Command::new(cargo());
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(manifest);
        let output = command.output().map_err(|error| Error::io("cargo metadata", error))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(Error::new(format!(
                "cargo cannot read the workspace: {}",
                reason.trim()
            )));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::new(format!("cargo metadata is not JSON: {error}")))?;
        let directory = |key: &str| -> Result<PathBuf, Error> {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(|| Error::new(format!("cargo metadata has no {key}")))
        };
        Ok(Self {
            root: directory("workspace_root")?,
            target: directory("target_directory")?,
            metadata,
        })
    }

    /// The directory of the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What `cargo metadata --no-deps` said.
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// The cargo that runs this task, started in the workspace, with nothing to read from the terminal.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(cargo());
        command
            .args(arguments)
            .current_dir(&self.root)
            .stdin(std::process::Stdio::null());
        command
    }

    /// Where the output of the programs that a task runs is kept.
    pub fn log(&self, name: &str) -> Result<PathBuf, Error> {
        let directory = self.target.join("xtask");
        std::fs::create_dir_all(&directory).map_err(|error| Error::io(&directory, error))?;
        Ok(directory.join(format!("{name}.log")))
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
