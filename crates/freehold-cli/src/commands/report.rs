//! `freehold report`: the report of a saved snapshot.

use std::io::{self, Write};
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
        if self.json {
            let json = report::Json { pretty: true }.render(&analysis);
            // A reader that has seen enough closes the pipe; that is no failure.
            let _ = writeln!(io::stdout(), "{json}");
        } else {
            terminal::report(&analysis, Stream::Out);
        }
        Ok(ExitCode::SUCCESS)
    }
}
