//! `freehold export`: a saved snapshot in the formats of other tools.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use freehold_snapshot::{Analysis, Snapshot, export};

use crate::error::Error;

/// Write a saved snapshot for Chrome DevTools, Graphviz and others.
#[derive(Debug, Args)]
pub struct Export {
    /// The snapshot, as `freehold run` wrote it
    snapshot: PathBuf,

    /// What to write
    #[arg(short, long)]
    format: Format,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The formats, as they are spelt on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The whole heap for Chrome DevTools (Memory, Load profile)
    Heapsnapshot,
    /// A drawing for Graphviz of the hundred objects that retain most
    Dot,
    /// Census, roots, and every object with its references
    Json,
    /// A row an object
    Csv,
    /// A row a type
    CensusCsv,
}

impl Format {
    fn of_library(self) -> export::Format {
        match self {
            Format::Heapsnapshot => export::Format::HeapSnapshot,
            Format::Dot => export::Format::Dot,
            Format::Json => export::Format::Json,
            Format::Csv => export::Format::Csv,
            Format::CensusCsv => export::Format::CensusCsv,
        }
    }
}

impl Export {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let format = self.format.of_library();
        if let Some(path) = self.output.as_deref().filter(|path| path.is_dir()) {
            return Err(Error::is_directory(path));
        }
        let snapshot = Snapshot::load(&self.snapshot)?;
        let analysis = snapshot.analyse();
        match self.output {
            Some(path) => to_file(&analysis, format, &path).map_err(|cause| Error::write(&path, cause))?,
            None => to_standard_output(&analysis, format).map_err(Error::print)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes beside `path` and renames, so that there is never half a file; into what is no file, such as a pipe, directly.
fn to_file(analysis: &Analysis<'_>, format: export::Format, path: &Path) -> io::Result<()> {
    if path.metadata().is_ok_and(|it| !it.is_file()) {
        let mut out = BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        analysis.export(format, &mut out)?;
        return out.flush();
    }
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut out = BufWriter::new(
        tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory.unwrap_or(Path::new(".")))?,
    );
    analysis.export(format, &mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.persist(path).map_err(|failure| failure.error)?;
    Ok(())
}

/// A reader that went away has seen enough, which is no failure.
fn to_standard_output(analysis: &Analysis<'_>, format: export::Format) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = analysis.export(format, &mut out).and_then(|()| out.flush());
    match written {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
