//! What grew, as text: a sentence, then a table of types and one of holders.

use crate::diff::Diff;
use crate::path::bare;
use crate::report::Text;
use crate::report::quantity::{bytes, count, seconds};
use crate::report::style::{Style, paint};
use crate::report::table::{Cells, Table};
use crate::report::text::{NARROWEST, title};
use crate::report::wrap::wrap;
use crate::{Analysis, Snapshot};

impl Text {
    /// The differences `diff` between `older` snapshots and the newest. Lines end without spaces; the text ends with a
    /// line feed.
    pub fn diff(&self, older: &[Snapshot], newest: &Analysis<'_>, diff: &Diff) -> String {
        let snapshot = newest.snapshot();
        let mut sections = vec![self.heads(older, snapshot)];
        match diff.types.is_empty() {
            true => sections.push(self.styled(Style::Calm, "Nothing grew: no type has more bytes than before.")),
            false => sections.push(self.titled("What grew", &self.types(diff))),
        }
        match &diff.holders {
            None => sections.push(self.styled(
                Style::Faint,
                "The snapshots are of several processes: which of the objects are new cannot be told.",
            )),
            Some(rows) if !rows.is_empty() => {
                sections.push(self.titled("Who holds what is new", &self.holders(diff, snapshot)));
            }
            Some(_) => {}
        }
        let sections: Vec<String> = sections.iter().map(|lines| lines.join("\n")).collect();
        sections.join("\n\n") + "\n"
    }

    fn columns(&self) -> usize {
        self.width.max(NARROWEST)
    }

    fn styled(&self, style: Style, text: &str) -> Vec<String> {
        let lines = wrap(text, self.columns());
        lines.iter().map(|line| paint(self.colour, style, line)).collect()
    }

    fn titled(&self, title: &str, table: &Table) -> Vec<String> {
        let mut lines = self.styled(Style::Strong, title);
        lines.push(String::new());
        lines.extend(table.lines(2, self.columns(), self.colour));
        lines
    }

    fn heads(&self, older: &[Snapshot], newest: &Snapshot) -> Vec<String> {
        let mut lines = self.styled(Style::Strong, &title(newest.meta()));
        let oldest = older.first().unwrap_or(newest);
        let sentence = format!(
            "from {} in {} objects to {} in {} objects, {} later",
            bytes(oldest.total_size()),
            count(oldest.object_count() as u64),
            bytes(newest.total_size()),
            count(newest.object_count() as u64),
            seconds(newest.meta().time - oldest.meta().time),
        );
        lines.extend(self.styled(Style::Faint, &sentence));
        lines
    }

    fn types(&self, diff: &Diff) -> Table {
        let mut table = Table::new(&[
            ("Bytes", Cells::Figures),
            ("Objects", Cells::Figures),
            ("Now", Cells::Figures),
            ("Type", Cells::Name(self.columns())),
        ]);
        for row in diff.types.iter().take(self.rows) {
            let (objects, more) = row.growth();
            let now = row.series.last().map_or(0, |point| point.1);
            table.row(vec![
                signed(more, bytes),
                signed(objects, count),
                bytes(now),
                bare(&row.name),
            ]);
        }
        table
    }

    fn holders(&self, diff: &Diff, newest: &Snapshot) -> Table {
        let mut table = Table::new(&[
            ("Bytes", Cells::Figures),
            ("Objects", Cells::Figures),
            ("Type", Cells::Name(self.columns() * 3 / 10)),
            ("For example", Cells::Place),
        ]);
        for row in diff.holders.iter().flatten().take(self.rows) {
            table.row(vec![
                bytes(row.bytes),
                count(row.objects),
                bare(newest.type_name(row.type_id)),
                row.place.clone(),
            ]);
        }
        table
    }
}

fn signed(number: i128, shown: fn(u64) -> String) -> String {
    let size = u64::try_from(number.unsigned_abs()).unwrap_or(u64::MAX);
    match number {
        0 => shown(0),
        number if number < 0 => format!("-{}", shown(size)),
        _ => format!("+{}", shown(size)),
    }
}
