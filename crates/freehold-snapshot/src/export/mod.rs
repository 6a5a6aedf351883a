//! A heap in the formats of other tools: Chrome DevTools, Graphviz, and whatever reads JSON or CSV.
//!
//! Everything is written as it is computed, a record at a time: an export needs no memory beyond the analysis, but
//! for a table of ids where a format draws only a part.

mod csv;
mod dot;
mod heapsnapshot;
mod json;

use std::io::{self, Write};

use crate::Analysis;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Chrome's `.heapsnapshot`, which DevTools opens under Memory.
    HeapSnapshot,
    /// A drawing for Graphviz of the objects that retain most, a hundred at most.
    Dot,
    /// Census, roots, and every object with its references.
    Json,
    /// A row an object.
    Csv,
    /// A row a type.
    CensusCsv,
}

impl Analysis<'_> {
    /// Writes the heap in a format of other tools. Wrap a file in a [`std::io::BufWriter`]: writes are small.
    ///
    /// # Errors
    ///
    /// Those of `out`; and [`io::ErrorKind::Unsupported`] for more objects than `.heapsnapshot` can number (more than
    /// 600 million objects or 1,400 million references).
    pub fn export(&self, format: Format, mut out: impl Write) -> io::Result<()> {
        match format {
            Format::HeapSnapshot => heapsnapshot::write(self, &mut out),
            Format::Dot => dot::write(self, &mut out),
            Format::Json => json::write(self, &mut out),
            Format::Csv => csv::objects(self, &mut out),
            Format::CensusCsv => csv::census(self, &mut out),
        }
    }
}

/// Writes `text` as a JSON string.
fn string(out: &mut impl Write, text: &str) -> io::Result<()> {
    Ok(serde_json::to_writer(out, text)?)
}
