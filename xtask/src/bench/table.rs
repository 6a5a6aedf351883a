//! Ratios of medians with their spread, as a table for the terminal and for Markdown.
//!
//! A cell is the median of a peer divided by the median of the baseline (`Arc`) in the same run, with the quartiles of
//! the rounds' own ratios in brackets. A count (`alive`) is not divided: it is the median itself.

use super::results::{Results, Series, median, quantile};

/// What everything is compared with.
const BASELINE: &str = "Arc";

/// The metric that is a count and not a time.
const COUNT: &str = "alive at the end";

/// One row a benchmark and peer, one column a metric.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Compares the series of a run.
    pub fn of(results: &Results) -> Self {
        let metrics = distinct(results, |series| &series.metric);
        let mut head = vec!["benchmark".to_owned(), "peer".to_owned()];
        head.extend(metrics.iter().map(|metric| {
            if metric == COUNT {
                metric.clone()
            } else {
                format!("{metric} × {BASELINE}")
            }
        }));
        let mut rows = Vec::new();
        for name in distinct(results, |series| &series.name) {
            for peer in distinct(results, |series| &series.peer) {
                let cells: Vec<String> = metrics
                    .iter()
                    .map(|metric| cell(results, &name, &peer, metric))
                    .collect();
                if cells.iter().any(|cell| !cell.is_empty()) {
                    rows.push([vec![name.clone(), peer.clone()], cells].concat());
                }
            }
        }
        Self { head, rows }
    }

    /// Columns aligned by blanks.
    pub fn to_terminal(&self) -> String {
        let widths = self.widths();
        let lines = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| align(row, &widths).join("  "));
        lines.map(|line| line.trim_end().to_owned() + "\n").collect()
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
        format!("{}| {} |\n{body}", line(&self.head), rule.join(" | "))
    }

    fn widths(&self) -> Vec<usize> {
        let rows = || std::iter::once(&self.head).chain(&self.rows);
        (0..self.head.len())
            .map(|column| rows().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect()
    }
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

fn cell(results: &Results, name: &str, peer: &str, metric: &str) -> String {
    let Some(series) = results.find(name, peer, metric) else {
        return String::new();
    };
    if metric == COUNT {
        return format!("{:.0}", median(&series.samples));
    }
    results
        .find(name, BASELINE, metric)
        .map_or_else(String::new, |baseline| ratio(series, baseline))
}

fn ratio(series: &Series, baseline: &Series) -> String {
    let middle = median(&series.samples) / median(&baseline.samples);
    if series.peer == baseline.peer {
        return format!("{middle:.2}");
    }
    let rounds: Vec<f64> = series
        .samples
        .iter()
        .zip(&baseline.samples)
        .map(|(sample, base)| sample / base)
        .collect();
    format!(
        "{middle:.2} [{:.2}–{:.2}]",
        quantile(&rounds, 0.25),
        quantile(&rounds, 0.75)
    )
}

fn distinct(results: &Results, key: fn(&Series) -> &String) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in results.0.iter().map(key) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Results {
        let series = |peer: &str, metric: &str, samples: &[f64]| Series {
            name: "mixed".to_owned(),
            peer: peer.to_owned(),
            metric: metric.to_owned(),
            samples: samples.to_vec(),
        };
        Results(vec![
            series("Arc", "time", &[100.0, 110.0, 90.0]),
            series("Arc", COUNT, &[7.0]),
            series("freehold", "time", &[80.0, 77.0, 99.0]),
            series("freehold", COUNT, &[0.0]),
        ])
    }

    #[test]
    fn a_cell_is_the_ratio_of_medians_with_the_spread_of_the_rounds() {
        let table = Table::of(&sample());
        assert_eq!(table.rows[0], ["mixed", "Arc", "1.00", "7"]);
        assert_eq!(table.rows[1], ["mixed", "freehold", "0.80 [0.75–0.95]", "0"]);
    }

    #[test]
    fn both_forms_carry_every_row() {
        let table = Table::of(&sample());
        assert_eq!(table.to_terminal().lines().count(), 3);
        let markdown = table.to_markdown();
        assert_eq!(markdown.lines().count(), 4);
        assert!(
            markdown
                .lines()
                .all(|line| line.starts_with("| ") && line.ends_with(" |"))
        );
    }
}
