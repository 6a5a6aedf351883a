//! One benchmark as a table, for the terminal and for Markdown.
//!
//! A row for each variant and peer, a column for each metric, or two where a metric is stated both as it is and as a
//! ratio. Notes stand below.

use super::figure::{ratio, value};
use super::results::{Results, Series, Show, distinct};

/// One row a variant and peer, one column a metric.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

/// A column: which metric, and whether it is divided by the baseline's.
struct Column {
    metric: String,
    is_ratio: bool,
    head: String,
}

impl Table {
    /// Compares the series of one benchmark.
    pub fn of(results: &Results, benchmark: &str) -> Self {
        let series: Vec<&Series> = results
            .series
            .iter()
            .filter(|series| series.benchmark == benchmark)
            .collect();
        let columns = columns(&series);
        let mut rows = Vec::new();
        for name in distinct(series.iter().map(|series| &series.name)) {
            for peer in distinct(series.iter().map(|series| &series.peer)) {
                let cells: Vec<String> = columns
                    .iter()
                    .map(|column| cell(results, &name, &peer, column))
                    .collect();
                if cells.iter().any(|cell| !cell.is_empty()) {
                    rows.push([vec![name.clone(), peer.clone()], cells].concat());
                }
            }
        }
        let names = ["benchmark".to_owned(), "peer".to_owned()];
        Self {
            head: names
                .into_iter()
                .chain(columns.into_iter().map(|column| column.head))
                .collect(),
            rows,
            notes: notes(results, benchmark),
        }
    }

    /// A table of cells that are ready.
    pub fn plain(head: &[&str], rows: Vec<Vec<String>>) -> Self {
        let head = head.iter().map(|&name| name.to_owned()).collect();
        let notes = Vec::new();
        Self { head, rows, notes }
    }

    /// Columns aligned by blanks.
    pub fn to_terminal(&self) -> String {
        let widths = self.widths();
        let lines = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| align(row, &widths).join("  ").trim_end().to_owned() + "\n");
        let notes = self.notes.iter().map(|note| format!("{note}\n"));
        lines.chain(notes).collect()
    }

    /// A Markdown table, aligned so that it reads as plain text too.
    pub fn to_markdown(&self) -> String {
        let widths = self.widths();
        let line = |row: &[String]| format!("| {} |\n", align(row, &widths).join(" | "));
        let rule: Vec<String> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| rule(column, *width))
            .collect();
        let body: String = self.rows.iter().map(|row| line(row)).collect();
        let notes: String = self.notes.iter().map(|note| format!("- {note}\n")).collect();
        let gap = if notes.is_empty() { "" } else { "\n" };
        format!("{}| {} |\n{body}{gap}{notes}", line(&self.head), rule.join(" | "))
    }

    fn widths(&self) -> Vec<usize> {
        let rows = || std::iter::once(&self.head).chain(&self.rows);
        (0..self.head.len())
            .map(|column| rows().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect()
    }
}

fn columns(series: &[&Series]) -> Vec<Column> {
    let baselines = distinct(series.iter().map(|series| &series.baseline));
    let baseline = match baselines.as_slice() {
        [only] => only.as_str(),
        _ => "the first peer",
    };
    let mut columns: Vec<Column> = Vec::new();
    for series in series {
        let metric = &series.metric;
        if columns.iter().any(|column| column.metric == *metric) {
            continue;
        }
        let mut add = |is_ratio, head| {
            let metric = metric.clone();
            columns.push(Column { metric, is_ratio, head });
        };
        if series.show != Show::Ratio {
            let unit = if series.unit == "nodes" {
                String::new()
            } else {
                format!(", {}", series.unit)
            };
            add(false, format!("{metric}{unit}"));
        }
        if series.show != Show::Value {
            add(true, format!("{metric} × {baseline}"));
        }
    }
    columns
}

fn cell(results: &Results, name: &str, peer: &str, column: &Column) -> String {
    let Some(series) = results.find(name, peer, &column.metric) else {
        return String::new();
    };
    if !column.is_ratio {
        return value(series);
    }
    let baseline = results.find(name, &series.baseline, &column.metric);
    baseline.map_or_else(String::new, |baseline| ratio(series, baseline))
}

/// What is to be known of the peers; each fact once, with the variant where it does not hold for all.
fn notes(results: &Results, benchmark: &str) -> Vec<String> {
    let notes = || results.notes.iter().filter(|note| note.benchmark == benchmark);
    let variants = |note: &str, peer: &str| -> Vec<&str> {
        let same = notes().filter(|other| other.note == note && other.peer == peer);
        same.map(|other| other.name.as_str()).collect()
    };
    let all = distinct(
        results
            .series
            .iter()
            .filter(|series| series.benchmark == benchmark)
            .map(|series| &series.name),
    );
    let lines: Vec<String> = notes()
        .map(|note| {
            let held = variants(&note.note, &note.peer);
            if held.len() >= all.len() {
                format!("{}: {}", note.peer, note.note)
            } else {
                format!("{} in {}: {}", note.peer, held.join("; "), note.note)
            }
        })
        .collect();
    distinct(lines.iter())
}

/// Names to the left, figures to the right.
fn align(row: &[String], widths: &[usize]) -> Vec<String> {
    let cells = row.iter().zip(widths).enumerate();
    cells
        .map(|(column, (cell, &width))| {
            if column < 2 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        })
        .collect()
}

fn rule(column: usize, width: usize) -> String {
    if column < 2 {
        "-".repeat(width)
    } else {
        "-".repeat(width.saturating_sub(1)) + ":"
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::Note;
    use super::*;

    fn sample() -> Results {
        let series = |peer: &str, metric: &str, show: Show, samples: &[f64]| Series {
            benchmark: "mixed".to_owned(),
            name: "mixed, 1 thread".to_owned(),
            peer: peer.to_owned(),
            metric: metric.to_owned(),
            unit: "nodes".to_owned(),
            show,
            baseline: "Arc".to_owned(),
            samples: samples.to_vec(),
        };
        let note = Note {
            benchmark: "mixed".to_owned(),
            name: "mixed, 1 thread".to_owned(),
            peer: "Arc".to_owned(),
            note: "leaks".to_owned(),
        };
        Results {
            series: vec![
                series("Arc", "time", Show::Ratio, &[100.0, 110.0, 90.0]),
                series("Arc", "alive", Show::Value, &[7.0]),
                series("Arc", "dead", Show::Both, &[2.0]),
                series("freehold", "time", Show::Ratio, &[80.0, 77.0, 99.0]),
                series("freehold", "alive", Show::Value, &[0.0]),
                series("freehold", "dead", Show::Both, &[1.0]),
            ],
            notes: vec![note.clone(), note],
        }
    }

    #[test]
    fn a_cell_is_the_ratio_of_medians_with_the_spread_of_the_rounds_or_the_median_or_both() {
        let table = Table::of(&sample(), "mixed");
        assert_eq!(table.head[2..], ["time × Arc", "alive", "dead", "dead × Arc"]);
        assert_eq!(table.rows[0], ["mixed, 1 thread", "Arc", "1", "7.00", "2.00", "1"]);
        let freehold = ["mixed, 1 thread", "freehold", "0.80 [0.75–0.95]", "0", "1.00", "0.50"];
        assert_eq!(table.rows[1], freehold);
        assert_eq!(table.notes, ["Arc: leaks"]);
    }

    #[test]
    fn where_variants_have_baselines_of_their_own_the_head_names_none() {
        let mut results = sample();
        let mut other = results.series[0].clone();
        other.name = "mixed, 2 threads".to_owned();
        other.peer = "glibc".to_owned();
        other.baseline = "glibc".to_owned();
        results.series.push(other);
        let table = Table::of(&results, "mixed");
        assert_eq!(table.head[2], "time × the first peer");
        assert_eq!(table.rows[2][..3], ["mixed, 2 threads", "glibc", "1"]);
    }

    #[test]
    fn both_forms_carry_every_row() {
        let table = Table::of(&sample(), "mixed");
        assert_eq!(table.to_terminal().lines().count(), 4);
        let markdown = table.to_markdown();
        assert_eq!(
            markdown
                .lines()
                .filter(|line| line.starts_with("| ") && line.ends_with(" |"))
                .count(),
            4
        );
        assert!(markdown.ends_with("\n\n- Arc: leaks\n"));
    }

    #[test]
    fn other_benchmarks_stay_out() {
        assert!(Table::of(&sample(), "clone").rows.is_empty());
    }
}
