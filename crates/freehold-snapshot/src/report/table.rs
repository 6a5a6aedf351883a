//! A table of right-aligned figures and left-aligned words, in a given width.

use crate::report::style::{Style, paint};
use crate::report::wrap::{columns, elide_middle, elide_start};

/// Between columns.
const GAP: usize = 2;

/// What a column holds, which decides how it is aligned and shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// Right-aligned, never shortened.
    Figures,
    /// A type's name: shortened at the start, to at most this many columns.
    Name(usize),
    /// A path, the last column: shortened in the middle to what the line leaves.
    Place,
}

/// Columns with a head each, and rows of cells.
pub(super) struct Table {
    heads: Vec<(&'static str, Cells)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(heads: &[(&'static str, Cells)]) -> Table {
        Table {
            heads: heads.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, indented, none wider than `width`.
    pub(super) fn lines(&self, indent: usize, width: usize, colour: bool) -> Vec<String> {
        let widths = self.widths(indent, width);
        let heads = self.heads.iter().map(|(head, _)| (*head).to_owned());
        let head = self.line(&heads.collect::<Vec<_>>(), &widths);
        let pad = " ".repeat(indent);
        let mut lines = vec![format!("{pad}{}", paint(colour, Style::Faint, &head))];
        let rows = self.rows.iter();
        lines.extend(rows.map(|row| format!("{pad}{}", self.line(row, &widths))));
        lines
    }

    /// The width of each column: what its cells need, up to its limit, and up to what is left of the line.
    fn widths(&self, indent: usize, width: usize) -> Vec<usize> {
        let mut left = width.saturating_sub(indent);
        let mut widths = Vec::with_capacity(self.heads.len());
        for (position, (head, cells)) in self.heads.iter().enumerate() {
            let column = self.rows.iter().filter_map(|row| row.get(position));
            let widest = column.map(|cell| columns(cell)).max().unwrap_or(0);
            let needed = widest.max(columns(head));
            let granted = match cells {
                Cells::Figures => needed,
                Cells::Name(most) => needed.min((*most).max(columns(head))),
                Cells::Place => needed,
            };
            widths.push(granted.min(left));
            left = left.saturating_sub(granted + GAP);
        }
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, kind)) in cells.iter().zip(widths).zip(&self.heads) {
            if !line.is_empty() {
                line.push_str(&" ".repeat(GAP));
            }
            let shown = match kind {
                Cells::Name(_) => elide_start(cell, *width),
                Cells::Figures | Cells::Place => elide_middle(cell, *width),
            };
            let pad = " ".repeat(width.saturating_sub(columns(&shown)));
            match kind {
                Cells::Figures => line.extend([pad, shown]),
                Cells::Name(_) | Cells::Place => line.extend([shown, pad]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}
