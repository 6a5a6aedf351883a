//! `freehold report`: the report of a saved snapshot.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use freehold_snapshot::{Snapshot, report};

use crate::error::Error;
use crate::terminal::{self, Stream};

/// Report on a saved snapshot: suspects, top retainers, census.
#[derive(Debug, Args)]
pub struct Report {
    /// The snapshot, as `freehold run` wrote it
    snapshot: PathBuf,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let snapshot = Snapshot::load(&self.snapshot)?;
        let analysis = snapshot.analyse();
        let text = if self.json {
            report::Json { pretty: true }.render(&analysis) + "\n"
        } else {
            terminal::report(&analysis, Stream::Out)
        };
        Stream::Out.write(&text).map_err(Error::print)?;
        Ok(ExitCode::SUCCESS)
    }
}
