//! The samples of a run, as `freehold-bench` writes them: a list of `{benchmark, name, peer, metric, unit, show,
//! baseline, samples}`, and of `{benchmark, name, peer, note}`.
//!
//! The samples of one round stand at the same index in every series: the peers took turns.

use serde_json::Value;

use crate::error::Error;

/// The samples of one peer in one benchmark by one metric.
#[derive(Clone, Debug)]
pub struct Series {
    pub benchmark: String,
    /// The benchmark and its variant.
    pub name: String,
    pub peer: String,
    pub metric: String,
    pub unit: String,
    pub show: Show,
    /// Whom the peer is compared with.
    pub baseline: String,
    pub samples: Vec<f64>,
}

/// How a metric is stated: as it is, divided by the baseline's, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Value,
    Ratio,
    Both,
}

/// What a reader should know of a peer.
#[derive(Clone, Debug)]
pub struct Note {
    pub benchmark: String,
    pub name: String,
    pub peer: String,
    pub note: String,
}

/// Every series and note of a run, in the order in which they were measured.
#[derive(Default)]
pub struct Results {
    pub series: Vec<Series>,
    pub notes: Vec<Note>,
}

impl Results {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::new(format!("the results are not JSON: {error}")))?;
        let items = value
            .as_array()
            .ok_or_else(|| Error::new("the results are not a list"))?;
        let mut results = Self::default();
        for item in items {
            results.add(item).ok_or_else(|| Error::new("a result lacks a field"))?;
        }
        Ok(results)
    }

    fn add(&mut self, item: &Value) -> Option<()> {
        if item["note"].is_string() {
            self.notes.push(note(item)?);
        } else {
            self.series.push(series(item)?);
        }
        Some(())
    }

    /// The names of the benchmarks that ran.
    pub fn benchmarks(&self) -> Vec<String> {
        let all = self.series.iter().map(|series| &series.benchmark);
        distinct(all.chain(self.notes.iter().map(|note| &note.benchmark)))
    }

    /// The series of one benchmark's variant, peer and metric.
    pub fn find(&self, name: &str, peer: &str, metric: &str) -> Option<&Series> {
        self.series
            .iter()
            .find(|series| series.name == name && series.peer == peer && series.metric == metric)
    }
}

/// Each name once, in the order of its first mention.
pub fn distinct<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in all {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn text(item: &Value, key: &str) -> Option<String> {
    item[key].as_str().map(str::to_owned)
}

fn note(item: &Value) -> Option<Note> {
    Some(Note {
        benchmark: text(item, "benchmark")?,
        name: text(item, "name")?,
        peer: text(item, "peer")?,
        note: text(item, "note")?,
    })
}

fn series(item: &Value) -> Option<Series> {
    let samples: Option<Vec<f64>> = item["samples"].as_array()?.iter().map(Value::as_f64).collect();
    let show = match item["show"].as_str()? {
        "value" => Show::Value,
        "ratio" => Show::Ratio,
        "both" => Show::Both,
        _ => return None,
    };
    Some(Series {
        benchmark: text(item, "benchmark")?,
        name: text(item, "name")?,
        peer: text(item, "peer")?,
        metric: text(item, "metric")?,
        unit: text(item, "unit")?,
        show,
        baseline: text(item, "baseline")?,
        samples: samples.filter(|samples| !samples.is_empty())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_shape_is_refused() {
        assert!(Results::parse("{}").is_err());
        assert!(Results::parse(r#"[{"name": "mixed", "peer": "Arc"}]"#).is_err());
        assert!(Results::parse("[").is_err());
    }

    #[test]
    fn series_and_notes_are_told_apart() {
        let text = r#"[
            {"benchmark": "b", "name": "b, x", "peer": "Arc", "metric": "time", "unit": "ns", "show": "ratio",
             "baseline": "Arc", "samples": [1.0]},
            {"benchmark": "c", "name": "c, x", "peer": "gc", "note": "ended"}
        ]"#;
        let results = Results::parse(text).unwrap();
        assert_eq!((results.series.len(), results.notes.len()), (1, 1));
        assert_eq!(results.benchmarks(), ["b", "c"]);
        assert!(results.find("b, x", "Arc", "time").is_some());
        assert!(Results::parse(&text.replace("[1.0]", "[]")).is_err());
    }
}
