//! The samples of a run, and the file that they go to: a list of `{benchmark, name, peer, metric, unit, show, baseline,
//! samples}`, and of `{benchmark, name, peer, note}` for what a reader should know.

use std::path::Path;

use serde_json::{Value, json};

use crate::benchmark::Benchmark;

/// Every series and note, in the order in which they were begun.
#[derive(Default)]
pub struct Results(Vec<Value>);

impl Results {
    /// Adds the figures of one sample to their series.
    pub fn add(&mut self, benchmark: &dyn Benchmark, name: &str, peer: &str, sample: &Value) {
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
                    "benchmark": benchmark.name(), "name": name, "peer": peer, "metric": figure["metric"],
                    "unit": figure["unit"], "show": figure["show"], "baseline": benchmark.baseline(),
                    "samples": [figure["value"]],
                })),
            }
        }
        if let Some(note) = sample["note"].as_str() {
            self.note(benchmark, name, peer, note);
        }
    }

    /// Adds what a reader should know, once.
    pub fn note(&mut self, benchmark: &dyn Benchmark, name: &str, peer: &str, note: &str) {
        let note = json!({ "benchmark": benchmark.name(), "name": name, "peer": peer, "note": note });
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
    use crate::benchmark::{ALL, Figure, Report, Show};

    #[test]
    fn samples_of_one_series_are_kept_together() {
        let mut results = Results::default();
        let sample = |value| Report::of([Figure::new("time", "ns", Show::Ratio, value)]).to_json();
        results.add(ALL[0], "mixed", "Arc", &sample(1.0));
        results.add(ALL[0], "mixed", "freehold", &sample(2.0));
        results.add(ALL[0], "mixed", "Arc", &sample(5.0));
        results.note(ALL[0], "mixed", "Arc", "leaks");
        results.note(ALL[0], "mixed", "Arc", "leaks");
        assert_eq!(results.0[0]["samples"], json!([1.0, 5.0]));
        assert_eq!(results.0.len(), 3);
    }
}
