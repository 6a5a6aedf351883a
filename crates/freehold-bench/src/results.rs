//! The samples of a run, and the file that they go to: a list of `{benchmark, name, peer, metric, unit, show, baseline,
//! samples}`, and of `{benchmark, name, peer, note}` for what a reader should know.

use std::path::Path;

use serde_json::{Value, json};

/// What the peers of a series are compared in.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// The name of the benchmark.
    pub benchmark: &'a str,
    /// The benchmark and its variant.
    pub name: &'a str,
    /// Whom the others are compared with.
    pub baseline: &'a str,
}

/// Every series and note, in the order in which they were begun.
#[derive(Default)]
pub struct Results(Vec<Value>);

impl Results {
    /// Adds the figures of one sample to their series.
    pub fn add(&mut self, comparison: Comparison<'_>, peer: &str, sample: &Value) {
        let Comparison {
            benchmark,
            name,
            baseline,
        } = comparison;
        for figure in sample["figures"].as_array().into_iter().flatten() {
            let is_it = |known: &&mut Value| {
                known["name"] == name && known["peer"] == peer && known["metric"] == figure["metric"]
            };
            match self.0.iter_mut().find(is_it) {
                Some(series) => series["samples"]
                    .as_array_mut()
                    .expect("a list")
                    .push(figure["value"].clone()),
                None => self.0.push(json!({
                    "benchmark": benchmark, "name": name, "peer": peer, "metric": figure["metric"],
                    "unit": figure["unit"], "show": figure["show"], "baseline": baseline,
                    "samples": [figure["value"]],
                })),
            }
        }
        if let Some(note) = sample["note"].as_str() {
            self.note(comparison, peer, note);
        }
    }

    /// Adds what a reader should know, once.
    pub fn note(&mut self, comparison: Comparison<'_>, peer: &str, note: &str) {
        let Comparison { benchmark, name, .. } = comparison;
        let note = json!({ "benchmark": benchmark, "name": name, "peer": peer, "note": note });
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Writes the file, and the directory that it lies in.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        std::fs::write(path, format!("{:#}\n", Value::Array(self.0.clone()))).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::{Figure, Report, Show};

    #[test]
    fn samples_of_one_series_are_kept_together() {
        let mut results = Results::default();
        let comparison = Comparison {
            benchmark: "mixed",
            name: "mixed, 1 thread",
            baseline: "Arc",
        };
        let sample = |value| Report::of([Figure::new("time", "ns", Show::Ratio, value)]).to_json();
        results.add(comparison, "Arc", &sample(1.0));
        results.add(comparison, "freehold", &sample(2.0));
        results.add(comparison, "Arc", &sample(5.0));
        results.note(comparison, "Arc", "leaks");
        results.note(comparison, "Arc", "leaks");
        assert_eq!(results.0[0]["samples"], json!([1.0, 5.0]));
        assert_eq!(results.0[0]["baseline"], "Arc");
        assert_eq!(results.0.len(), 3);
    }
}
