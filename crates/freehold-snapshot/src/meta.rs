//! Where a snapshot comes from: the process, its host, and the host's own facts.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The runtime whose heap was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// CPython.
    Python,
    /// A Rust program's shared heap.
    Rust,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Host::Python => "CPython",
            Host::Rust => "Rust",
        })
    }
}

/// The circumstances of a capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// The runtime.
    pub host: Host,
    /// The runtime's version, such as `3.12.1`; may be empty.
    pub host_version: String,
    /// The process.
    pub pid: u32,
    /// What was run, such as `service.py` or `-m package`.
    pub program: String,
    /// When the capture was made, in seconds since the Unix epoch.
    pub time: f64,
    /// How long the process had run by then, in seconds.
    pub uptime: f64,
    /// Facts of the host by name, such as `gc.enabled` = `true`.
    pub notes: BTreeMap<String, String>,
}
