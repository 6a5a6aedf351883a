//! The samples of a run, and the file that they go to.

use std::path::Path;

use serde_json::{Value, json};

use crate::sample::Sample;

/// The samples of one peer in one benchmark by one metric.
struct Series {
    name: String,
    peer: &'static str,
    metric: &'static str,
    unit: &'static str,
    samples: Vec<f64>,
}

/// Every series, in the order in which they were begun.
#[derive(Default)]
pub struct Results(Vec<Series>);

impl Results {
    /// Adds the figures of one sample to their series.
    pub fn add(&mut self, name: &str, peer: &'static str, sample: &Sample) {
        for (metric, unit, value) in sample.figures() {
            let known = self
                .0
                .iter_mut()
                .find(|series| (series.name.as_str(), series.peer, series.metric) == (name, peer, metric));
            match known {
                Some(series) => series.samples.push(value),
                None => self.0.push(Series {
                    name: name.to_owned(),
                    peer,
                    metric,
                    unit,
                    samples: vec![value],
                }),
            }
        }
    }

    /// Writes the file, and the directory that it lies in.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        std::fs::write(path, format!("{:#}\n", self.to_json())).map_err(failed)
    }

    fn to_json(&self) -> Value {
        let series = self.0.iter().map(|series| {
            json!({
                "name": series.name, "peer": series.peer, "metric": series.metric,
                "unit": series.unit, "samples": series.samples,
            })
        });
        series.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_series_are_kept_together() {
        let mut results = Results::default();
        let sample = Sample {
            time: 1.0,
            emptied: 2.0,
            cpu: 3.0,
            alive: 4.0,
        };
        results.add("mixed", "Arc", &sample);
        results.add("mixed", "freehold", &sample);
        results.add("mixed", "Arc", &Sample { time: 5.0, ..sample });
        let json = results.to_json();
        assert_eq!(json[0]["samples"], json!([1.0, 5.0]));
        assert_eq!(json.as_array().unwrap().len(), 2 * sample.figures().len());
    }
}
