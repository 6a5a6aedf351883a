//! `cargo xtask picture`: the report on the example service, as the terminal shows it, drawn to docs/report.svg.
//!
//! The report is the command's own, with colours forced; its escape sequences (SGR, ECMA-48) become styled spans of one
//! `<text>` a line. A line's spans are placed by character columns, so every viewer's monospaced font will do.

use std::fmt::Write;

use crate::error::Error;
use crate::workspace::Workspace;

const PICTURE: &str = "docs/report.svg";
const SERVICE: &str = "examples/python/leaky_service.py";

/// The width of a character and the height of a line, in the units of the picture.
const CELL: (f64, usize) = (7.8, 18);
const MARGIN: usize = 16;

/// Runs the service and writes the picture.
pub fn run(workspace: &Workspace) -> Result<bool, Error> {
    let arguments = [
        "run",
        "--release",
        "--quiet",
        "-p",
        "freehold-cli",
        "--",
        "run",
        "--no-snapshot",
        SERVICE,
    ];
    let mut command = workspace.cargo(arguments);
    let output = command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output();
    let output = output.map_err(|error| Error::io("cargo run", error))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || report.trim().is_empty() {
        return Err(Error::new(format!(
            "the service ended with {} and this report: {report}",
            output.status
        )));
    }
    let path = workspace.root().join(PICTURE);
    std::fs::write(&path, draw(report.trim_end())).map_err(|error| Error::io(&path, error))?;
    println!("{PICTURE} is drawn");
    Ok(true)
}

/// The report as an SVG document.
fn draw(report: &str) -> String {
    let lines: Vec<Vec<Span>> = report.lines().map(spans).collect();
    let columns = lines
        .iter()
        .map(|spans| spans.iter().map(Span::columns).sum::<usize>())
        .max()
        .unwrap_or(0);
    let width = (columns as f64 * CELL.0).ceil() as usize + 2 * MARGIN;
    let height = lines.len() * CELL.1 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n"
    );
    for (index, line) in lines.iter().enumerate() {
        draw_line(&mut svg, line, MARGIN + (index + 1) * CELL.1 - 5);
    }
    svg + "</svg>\n"
}

fn draw_line(svg: &mut String, line: &[Span], y: usize) {
    let mut column = 0;
    for span in line {
        let x = MARGIN as f64 + column as f64 * CELL.0;
        column += span.columns();
        if span.text.trim().is_empty() {
            continue;
        }
        let length = span.columns() as f64 * CELL.0;
        let weight = if span.style.bold { " font-weight=\"bold\"" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\" fill=\"{}\"{weight} xml:space=\"preserve\">{}</text>",
            span.style.colour(),
            escape(&span.text)
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What an escape sequence has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    dim: bool,
    colour: Option<u8>,
}

impl Style {
    /// Takes the numbers of one SGR sequence into account.
    fn set(&mut self, numbers: &str) {
        for number in numbers.split(';') {
            match number.parse::<u8>().unwrap_or(0) {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                22 => (self.bold, self.dim) = (false, false),
                39 => self.colour = None,
                code @ (30..=37 | 90..=97) => self.colour = Some(code % 10),
                _ => {}
            }
        }
    }

    fn colour(self) -> &'static str {
        match self.colour {
            Some(1) => "#ff7b72",
            Some(2) => "#7ee787",
            Some(3) => "#e3b341",
            Some(4) => "#79c0ff",
            Some(5) => "#d2a8ff",
            Some(6) => "#76e3ea",
            _ if self.dim => "#8b949e",
            _ => "#e6edf3",
        }
    }
}

/// Text in one style.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    style: Style,
    text: String,
}

impl Span {
    fn columns(&self) -> usize {
        self.text.chars().count()
    }
}

/// Splits a line at its escape sequences.
fn spans(line: &str) -> Vec<Span> {
    let mut style = Style::default();
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or("").to_owned();
    let mut spans = vec![Span { style, text: first }];
    for piece in pieces {
        let (numbers, text) = piece.split_once('m').unwrap_or(("", piece));
        style.set(numbers);
        spans.push(Span {
            style,
            text: text.to_owned(),
        });
    }
    spans.retain(|span| !span.text.is_empty());
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_styles() {
        let spans = spans("\u{1b}[1;31m  1. \u{1b}[0mtext \u{1b}[2mdim");
        let styles: Vec<_> = spans
            .iter()
            .map(|span| (span.style.bold, span.style.dim, span.style.colour))
            .collect();
        assert_eq!(
            styles,
            [(true, false, Some(1)), (false, false, None), (false, true, None)]
        );
        assert_eq!(spans[1].text, "text ");
    }

    #[test]
    fn the_picture_is_as_wide_as_the_longest_line_and_escapes_markup() {
        let svg = draw("<a> & b\n\nlonger line");
        assert!(svg.contains("&lt;a&gt; &amp; b"));
        assert!(svg.contains(&format!("height=\"{}\"", 3 * CELL.1 + 2 * MARGIN)));
        assert!(!svg.contains('\u{1b}'));
    }
}
