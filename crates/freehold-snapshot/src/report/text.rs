//! The report as text: one sentence a suspect first, then tables.

use crate::path::bare;
use crate::report::quantity::{bytes, count, moment, percent, seconds};
use crate::report::style::{Style, paint};
use crate::report::table::{Cells, Table};
use crate::report::wrap::{columns, wrap};
use crate::{Analysis, Confidence, Meta, Suspect, TypeId};

/// No report is narrower; a terminal that is will wrap it.
pub(super) const NARROWEST: usize = 40;

/// Below this width tables leave out what can be spared.
const ROOMY: usize = 72;

/// A text report: sentences, then tables, aligned and never wider than `width`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Columns available.
    pub width: usize,
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Rows of each table, at most.
    pub rows: usize,
}

impl Default for Text {
    /// 80 columns, no colour, ten rows a table.
    fn default() -> Text {
        Text {
            width: 80,
            colour: false,
            rows: 10,
        }
    }
}

impl Text {
    /// The report. Lines end without spaces; the text ends with a line feed.
    pub fn render(&self, analysis: &Analysis<'_>) -> String {
        let page = Page {
            width: self.width.max(NARROWEST),
            colour: self.colour,
            rows: self.rows,
            analysis,
        };
        let sections = [page.header(), page.suspects(), page.retainers(), page.census()];
        let sections = sections.iter().filter(|lines| !lines.is_empty());
        let sections: Vec<String> = sections.map(|lines| lines.join("\n")).collect();
        sections.join("\n\n") + "\n"
    }
}

struct Page<'a, 's> {
    width: usize,
    colour: bool,
    rows: usize,
    analysis: &'a Analysis<'s>,
}

impl Page<'_, '_> {
    fn paint(&self, style: Style, text: &str) -> String {
        paint(self.colour, style, text)
    }

    fn header(&self) -> Vec<String> {
        let meta = self.analysis.snapshot().meta();
        let mut lines: Vec<String> = wrap(&title(meta), self.width);
        for line in &mut lines {
            *line = self.paint(Style::Strong, line);
        }
        let size = format!(
            "{} in {} objects after {}",
            bytes(self.analysis.total_size()),
            count(self.analysis.snapshot().object_count() as u64),
            seconds(meta.uptime),
        );
        let moment = moment(meta.time);
        let together = format!("{size} · {moment}");
        let facts = match columns(&together) <= self.width {
            true => vec![together],
            false => [wrap(&size, self.width), wrap(&moment, self.width)].concat(),
        };
        lines.extend(facts.iter().map(|line| self.paint(Style::Faint, line)));
        lines
    }

    fn suspects(&self) -> Vec<String> {
        let suspects = self.analysis.suspects();
        let known = suspects.iter().filter(|it| it.confidence > Confidence::Low).count();
        let (known, guesses) = suspects.split_at(known);
        let mut lines = match (known, guesses) {
            ([], []) => self.calm("No leak suspects: nothing large keeps growing or waits in unreachable cycles."),
            ([], _) => self.calm("No leak suspects: nothing large is known to keep growing."),
            _ => vec![self.paint(Style::Strong, "Leak suspects")],
        };
        lines.extend(self.findings(known, 1));
        if !guesses.is_empty() {
            let title = "Large, but not known to leak";
            lines.extend([String::new(), self.paint(Style::Strong, title)]);
            lines.extend(self.findings(guesses, known.len() + 1));
        }
        lines
    }

    fn calm(&self, sentence: &str) -> Vec<String> {
        let lines = wrap(sentence, self.width);
        lines.iter().map(|line| self.paint(Style::Calm, line)).collect()
    }

    /// One numbered paragraph a finding.
    fn findings(&self, suspects: &[Suspect], first: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (position, suspect) in suspects.iter().enumerate() {
            let number = format!("{:>3}. ", first + position);
            let indent = number.len();
            let wrapped = wrap(&suspect.sentence, self.width - indent);
            lines.push(String::new());
            for (row, line) in wrapped.iter().enumerate() {
                let margin = match row {
                    0 => self.paint(Style::Alarm, &number),
                    _ => " ".repeat(indent),
                };
                lines.push(format!("{margin}{line}"));
            }
        }
        lines
    }

    fn retainers(&self) -> Vec<String> {
        let roomy = self.width >= ROOMY;
        let mut heads = vec![("Retained", Cells::Figures), ("Share", Cells::Figures)];
        if roomy {
            heads.push(("Objects", Cells::Figures));
        }
        heads.push(("Type", Cells::Name(self.width * 3 / 10)));
        heads.push(("Held by", Cells::Place));
        let mut table = Table::new(&heads);
        for retainer in self.analysis.retainers().iter().take(self.rows) {
            let mut cells = vec![bytes(retainer.retained), self.share(retainer.retained)];
            if roomy {
                cells.push(count(retainer.objects));
            }
            cells.push(self.type_name(retainer.type_id));
            cells.push(retainer.place.clone());
            table.row(cells);
        }
        self.section("Top retainers", &table, self.analysis.retainers().is_empty())
    }

    fn census(&self) -> Vec<String> {
        let mut table = Table::new(&[
            ("Bytes", Cells::Figures),
            ("Share", Cells::Figures),
            ("Objects", Cells::Figures),
            ("Type", Cells::Name(self.width)),
        ]);
        for row in self.analysis.census().iter().take(self.rows) {
            table.row(vec![
                bytes(row.bytes),
                self.share(row.bytes),
                count(row.objects),
                self.type_name(row.type_id),
            ]);
        }
        self.section("Census", &table, self.analysis.census().is_empty())
    }

    fn section(&self, title: &str, table: &Table, empty: bool) -> Vec<String> {
        if empty {
            return Vec::new();
        }
        let mut lines = vec![self.paint(Style::Strong, title), String::new()];
        lines.extend(table.lines(2, self.width, self.colour));
        lines
    }

    fn share(&self, part: u64) -> String {
        percent(part, self.analysis.total_size())
    }

    fn type_name(&self, type_id: TypeId) -> String {
        bare(self.analysis.snapshot().type_name(type_id))
    }
}

/// `service.py · CPython 3.12.1 · pid 4711`.
pub(super) fn title(meta: &Meta) -> String {
    let version = match meta.host_version.as_str() {
        "" => String::new(),
        version => format!(" {}", bare(version)),
    };
    format!("{} · {}{version} · pid {}", bare(&meta.program), meta.host, meta.pid)
}
