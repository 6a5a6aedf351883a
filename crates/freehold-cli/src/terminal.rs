//! What the user sees: width and colour of the stream at hand, reports and complaints.

use std::env;
use std::ffi::c_int;
use std::io::{self, Write};
use std::mem;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use freehold_snapshot::{Analysis, report};

use crate::error::Error;

/// Width where there is no terminal to ask.
const WIDTH: usize = 100;
/// Wider than this no table gets easier to read; narrower it cannot be drawn.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=160;

/// One of the two standard streams for output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    fn descriptor(self) -> c_int {
        match self {
            Stream::Out => libc::STDOUT_FILENO,
            Stream::Err => libc::STDERR_FILENO,
        }
    }

    /// Whether to use colours: on a terminal, unless `NO_COLOR` and its kin say otherwise.
    fn colour(self) -> bool {
        let choice = match self {
            Stream::Out => AutoStream::choice(&io::stdout()),
            Stream::Err => AutoStream::choice(&io::stderr()),
        };
        choice != ColorChoice::Never
    }

    fn width(self) -> usize {
        let asked = self.terminal_width().or_else(|| env::var("COLUMNS").ok()?.parse().ok());
        asked.unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end())
    }

    fn terminal_width(self) -> Option<usize> {
        // SAFETY: fills in a plain structure, on success only.
        let size = unsafe {
            let mut size: libc::winsize = mem::zeroed();
            if libc::ioctl(self.descriptor(), libc::TIOCGWINSZ, &mut size) != 0 {
                return None;
            }
            size
        };
        (size.ws_col > 0).then_some(usize::from(size.ws_col))
    }

    /// Writes `text`; a reader that went away has seen enough, which is no failure.
    pub fn write(self, text: &str) -> io::Result<()> {
        let written = match self {
            Stream::Out => io::stdout()
                .write_all(text.as_bytes())
                .and_then(|()| io::stdout().flush()),
            Stream::Err => io::stderr().write_all(text.as_bytes()),
        };
        match written {
            Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes `text` where a failure could not be told, this being where failures are told.
    fn tell(text: &str) {
        let _ = Stream::Err.write(text);
    }
}

/// The report of `analysis`, as it suits `stream`.
pub fn report(analysis: &Analysis<'_>, stream: Stream) -> String {
    text(stream).render(analysis)
}

/// How text is written to suit `stream`.
pub fn text(stream: Stream) -> report::Text {
    report::Text {
        width: stream.width(),
        colour: stream.colour(),
        ..report::Text::default()
    }
}

/// Writes a text about the run.
pub fn note(text: &str) {
    Stream::tell(text);
}

/// Writes an error and what to do about it.
pub fn complain(error: &Error) {
    let (red, dim) = if Stream::Err.colour() {
        (
            Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Style::new().dimmed(),
        )
    } else {
        (Style::new(), Style::new())
    };
    let mut text = format!("{red}freehold:{red:#} {error}\n");
    if let Some(hint) = error.hint() {
        text.push_str(&format!("{dim}hint: {hint}{dim:#}\n"));
    }
    Stream::tell(&text);
}
