//! `freehold diff`: what grew between saved snapshots, and who holds it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use freehold_snapshot::{Snapshot, report};

use crate::error::Error;
use crate::terminal::{self, Stream};

/// Say what grew between saved snapshots, by type and by holder.
#[derive(Debug, Args)]
pub struct Diff {
    /// The snapshots, the oldest first
    #[arg(required = true, num_args = 2.., value_names = ["OLD", "NEW"])]
    snapshots: Vec<PathBuf>,

    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let loaded: Result<Vec<Snapshot>, _> = self.snapshots.iter().map(|path| Snapshot::load(path)).collect();
        let mut older = loaded?;
        let disordered = older
            .windows(2)
            .position(|pair| pair[0].meta().time > pair[1].meta().time);
        if let Some(position) = disordered {
            return Err(Error::disordered(
                &self.snapshots[position],
                &self.snapshots[position + 1],
            ));
        }
        let Some(newest) = older.pop() else {
            return Ok(ExitCode::SUCCESS);
        };
        let analysis = newest.analyse();
        let diff = analysis.diff(&older);
        let text = match self.json {
            true => report::Json { pretty: true }.diff(&older, &analysis, &diff),
            false => terminal::text(Stream::Out).diff(&older, &analysis, &diff),
        };
        Stream::Out.write(&text).map_err(Error::print)?;
        Ok(ExitCode::SUCCESS)
    }
}
