//! One benchmark in a few figures: geometric means over its variants.
//!
//! A mean of ratios that favours nobody is the geometric one: it gives the same order whoever is the baseline. Work in a
//! given time is the inverse of time, so more is better there; of memory, less. Only a peer that was measured in every
//! variant has a mean.

use super::figure::{median, number};
use super::results::{Results, distinct};
use super::table::Table;

/// Whose figures are compared with the best of the others'.
const OURS: &str = "freehold";

/// A peer's means over all variants, relative to the baseline's.
struct Means<'a> {
    peer: &'a str,
    throughput: f64,
    cpu: f64,
    memory: f64,
}

/// A row for each peer: work in a given time, CPU time and peak memory, relative to the baseline, and to the best of the
/// peers.
pub fn of(results: &Results, benchmark: &str) -> Table {
    let series = || results.series.iter().filter(|series| series.benchmark == benchmark);
    let names = distinct(series().map(|series| &series.name));
    let peers = distinct(series().map(|series| &series.peer));
    let baseline = series().next().map_or("", |series| series.baseline.as_str());
    let all: Vec<Means<'_>> = peers
        .iter()
        .filter_map(|peer| {
            Some(Means {
                peer,
                throughput: 1.0 / mean(results, &names, peer, baseline, "time")?,
                cpu: mean(results, &names, peer, baseline, "CPU time")?,
                memory: mean(results, &names, peer, baseline, "peak memory")?,
            })
        })
        .collect();
    let others = || all.iter().filter(|means| !means.peer.starts_with(OURS));
    let fastest = others().max_by(|one, other| one.throughput.total_cmp(&other.throughput));
    let smallest = others().min_by(|one, other| one.memory.total_cmp(&other.memory));
    let (Some(fastest), Some(smallest)) = (fastest, smallest) else {
        return Table::plain(&["", "peer"], Vec::new());
    };
    let rows = all.iter().map(|means| {
        let figures = [
            means.throughput,
            means.throughput / fastest.throughput,
            means.cpu,
            means.memory,
            means.memory / smallest.memory,
        ];
        [
            vec![benchmark.to_owned(), means.peer.to_owned()],
            figures.map(number).to_vec(),
        ]
        .concat()
    });
    let head = [
        "benchmark".to_owned(),
        "peer".to_owned(),
        format!("throughput × {baseline}"),
        format!("throughput × {}, the best peer", fastest.peer),
        format!("CPU time × {baseline}"),
        format!("peak memory × {baseline}"),
        format!("peak memory × {}, the best peer", smallest.peer),
    ];
    Table::plain(&head.each_ref().map(String::as_str), rows.collect())
}

/// The geometric mean of the ratios of medians; `None` if a variant is missing.
fn mean(results: &Results, names: &[String], peer: &str, baseline: &str, metric: &str) -> Option<f64> {
    let logarithms: Option<Vec<f64>> = names
        .iter()
        .map(|name| {
            let of = |peer: &str| results.find(name, peer, metric).map(median);
            Some((of(peer)? / of(baseline)?).ln())
        })
        .collect();
    let logarithms = logarithms.filter(|all| !all.is_empty())?;
    Some((logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::super::results::{Series, Show};
    use super::*;

    fn results(figures: &[(&str, &str, f64, f64)]) -> Results {
        let series = |name: &str, peer: &str, metric: &str, sample: f64| Series {
            benchmark: "alloc".to_owned(),
            name: name.to_owned(),
            peer: peer.to_owned(),
            metric: metric.to_owned(),
            unit: "ns".to_owned(),
            show: Show::Ratio,
            baseline: "glibc".to_owned(),
            samples: vec![sample],
        };
        let all = figures.iter().flat_map(|(name, peer, time, memory)| {
            [
                series(name, peer, "time", *time),
                series(name, peer, "CPU time", 3.0 * time),
                series(name, peer, "peak memory", *memory),
            ]
        });
        Results {
            series: all.collect(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn means_are_geometric_and_the_best_peer_is_not_ours() {
        let results = results(&[
            ("a", "glibc", 8.0, 1.0),
            ("a", "fast", 2.0, 3.0),
            ("a", "freehold-pool", 1.0, 1.0),
            ("b", "glibc", 9.0, 1.0),
            ("b", "fast", 9.0, 3.0),
            ("b", "freehold-pool", 4.5, 1.0),
        ]);
        let text = of(&results, "alloc").to_markdown();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows[0][4], "throughput × fast, the best peer");
        assert_eq!(rows[0][7], "peak memory × glibc, the best peer");
        assert_eq!(rows[2][2..8], ["glibc", "1.00", "0.50", "1.00", "1.00", "1.00"]);
        assert_eq!(rows[3][2..8], ["fast", "2.00", "1.00", "0.50", "3.00", "3.00"]);
        assert_eq!(rows[4][2..8], ["freehold-pool", "4.00", "2.00", "0.25", "1.00", "1.00"]);
    }

    #[test]
    fn a_peer_that_lacks_a_variant_has_no_mean() {
        let results = results(&[
            ("a", "glibc", 8.0, 1.0),
            ("a", "fast", 2.0, 3.0),
            ("b", "glibc", 9.0, 1.0),
        ]);
        let text = of(&results, "alloc").to_terminal();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert_eq!(of(&results, "mixed").to_terminal().lines().count(), 1);
    }
}
