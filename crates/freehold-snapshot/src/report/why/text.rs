//! Why objects are alive, as text: a sentence, then each way with its path step by step.

use crate::label::Label;
use crate::path::bare;
use crate::report::Text;
use crate::report::quantity::{bytes, count};
use crate::report::style::{Style, paint};
use crate::report::table::{Cells, Table};
use crate::report::text::{NARROWEST, title};
use crate::report::wrap::wrap;
use crate::{Analysis, Group, ObjectId, RootKind, Snapshot, Why};

/// Of longer paths the first and the last steps are shown.
const HEAD: usize = 12;
const TAIL: usize = 6;

/// Before the text under a number.
const INDENT: usize = 5;

impl Text {
    /// The answer `why`, with at most `rows` ways. Lines end without spaces; the text ends with a line feed.
    pub fn why(&self, analysis: &Analysis<'_>, why: &Why) -> String {
        let page = Page {
            width: self.width.max(NARROWEST),
            colour: self.colour,
            analysis,
            snapshot: analysis.snapshot(),
        };
        let mut sections = vec![page.header(why), page.verdict(why)];
        let shown = why.groups.iter().take(self.rows);
        sections.extend(
            shown
                .enumerate()
                .map(|(position, group)| page.group(position + 1, group)),
        );
        let left_out = why.group_count.saturating_sub(self.rows.min(why.groups.len()));
        if left_out > 0 {
            sections.push(page.painted(
                Style::Faint,
                &format!("{} more ways are not shown.", count(left_out as u64)),
            ));
        }
        let sections: Vec<String> = sections.iter().map(|lines| lines.join("\n")).collect();
        sections.join("\n\n") + "\n"
    }
}

struct Page<'a, 's> {
    width: usize,
    colour: bool,
    analysis: &'a Analysis<'s>,
    snapshot: &'s Snapshot,
}

impl Page<'_, '_> {
    /// `text` wrapped, each line in a style.
    fn painted(&self, style: Style, text: &str) -> Vec<String> {
        let lines = wrap(text, self.width);
        lines.iter().map(|line| paint(self.colour, style, line)).collect()
    }

    fn header(&self, why: &Why) -> Vec<String> {
        let mut lines = self.painted(Style::Strong, &title(self.snapshot.meta()));
        let them = if why.objects.len() == 1 { "it" } else { "them" };
        let sizes = format!(
            "{} in {}; at least {} would be freed with {them}",
            bytes(why.bytes),
            objects(why.objects.len() as u64),
            bytes(why.retained),
        );
        lines.extend(self.painted(Style::Faint, &sizes));
        lines
    }

    fn verdict(&self, why: &Why) -> Vec<String> {
        let (subject, plural) = self.subject(why);
        let all = why.objects.len() as u64;
        let collector = "only reference cycles keep what the collector has not freed yet.";
        if why.unreachable == all {
            return self.painted(Style::Calm, &format!("No root reaches {subject}: {collector}"));
        }
        let verb = if plural { "are" } else { "is" };
        let ways = match why.group_count {
            1 => "in one way".to_owned(),
            ways => format!("in {} ways", count(ways as u64)),
        };
        let mut lines = self.painted(Style::Strong, &format!("Why {subject} {verb} alive: held {ways}"));
        if why.unreachable > 0 {
            let sentence = format!("No root reaches {} of them: {collector}", count(why.unreachable));
            lines.extend(self.painted(Style::Calm, &sentence));
        }
        lines
    }

    /// What was asked about, and whether it is several objects.
    fn subject(&self, why: &Why) -> (String, bool) {
        let first = why.objects.first().copied();
        let name = bare(first.map_or("", |it| self.snapshot.type_name_of(it)));
        match (why.objects.len(), first) {
            (1, Some(object)) => (format!("object {} ({name})", object.0), false),
            (several, _) => (format!("{} {name} objects", count(several as u64)), true),
        }
    }

    fn group(&self, number: usize, group: &Group) -> Vec<String> {
        let margin = " ".repeat(INDENT);
        let mut lines = Vec::new();
        for (row, line) in wrap(&group.place, self.width - INDENT).iter().enumerate() {
            let start = match row {
                0 => paint(self.colour, Style::Alarm, &format!("{number:>3}. ")),
                _ => margin.clone(),
            };
            lines.push(format!("{start}{}", paint(self.colour, Style::Strong, line)));
        }
        let references = match group.ways {
            1 => "1 reference".to_owned(),
            ways => format!("{} references", count(ways)),
        };
        let size = format!("{}, {}, by {references}", objects(group.objects), bytes(group.bytes));
        let size = wrap(&size, self.width - INDENT);
        lines.extend(
            size.iter()
                .map(|line| format!("{margin}{}", paint(self.colour, Style::Faint, line))),
        );
        lines.push(String::new());
        lines.extend(self.steps(group).lines(INDENT, self.width, self.colour));
        lines
    }

    /// The path of a group, a row a step.
    fn steps(&self, group: &Group) -> Table {
        let mut table = Table::new(&[
            ("Object", Cells::Figures),
            ("Retained", Cells::Figures),
            ("Type", Cells::Name(self.width * 3 / 10)),
            ("Held as", Cells::Place),
        ]);
        let path = &group.path;
        table.row(self.row(path.root.object, path.root_text(self.snapshot)));
        let left_out = path.steps.len().saturating_sub(HEAD + TAIL);
        let mut in_namespace = path.root.kind == RootKind::Module;
        for (position, step) in path.steps.iter().enumerate() {
            let held_as = step.describe(self.snapshot, in_namespace);
            in_namespace = step.label == Label::Namespace;
            if left_out < 2 || position < HEAD || position >= HEAD + left_out {
                table.row(self.row(step.to, held_as));
            } else if position == HEAD {
                let gap = || "…".to_owned();
                table.row(vec![gap(), gap(), gap(), format!("{} more", count(left_out as u64))]);
            }
        }
        table
    }

    fn row(&self, object: ObjectId, held_as: String) -> Vec<String> {
        vec![
            object.0.to_string(),
            bytes(self.analysis.retained(object)),
            bare(self.snapshot.type_name_of(object)),
            held_as,
        ]
    }
}

fn objects(number: u64) -> String {
    match number {
        1 => "1 object".to_owned(),
        number => format!("{} objects", count(number)),
    }
}
