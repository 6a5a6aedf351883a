//! *mixed*: the work of the benchmark `mixed`, which the threads share, so that there is less of it for each.

use super::super::mixed;
use super::{Kind, rate};

pub const KINDS: &[Kind] = &[Kind {
    title: "mixed",
    least: 1,
    peers: &["Arc", "Arc, mimalloc", "freehold", "freehold, mimalloc", "dumpster"],
    measure: |threads, job| {
        let mut report = mixed::report(threads, job)?;
        report
            .figures
            .retain(|figure| matches!(figure.metric, "time" | "CPU time"));
        report.figures.insert(0, rate(report.figures[0].value));
        Ok(report)
    },
}];
