//! The samples of a run, as `freehold-bench` writes them: a list of `{name, peer, metric, unit, samples}`.
//!
//! The samples of one round stand at the same index in every series: the peers took turns.

use serde_json::Value;

use crate::error::Error;

/// The samples of one peer in one benchmark by one metric.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub peer: String,
    pub metric: String,
    pub samples: Vec<f64>,
}

/// Every series of a run, in the order in which they were measured.
pub struct Results(pub Vec<Series>);

impl Results {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::new(format!("the results are not JSON: {error}")))?;
        let items = value
            .as_array()
            .ok_or_else(|| Error::new("the results are not a list"))?;
        items
            .iter()
            .map(series)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| Error::new("a result lacks a field"))
    }

    /// The series of one benchmark, peer and metric.
    pub fn find(&self, name: &str, peer: &str, metric: &str) -> Option<&Series> {
        self.0
            .iter()
            .find(|series| series.name == name && series.peer == peer && series.metric == metric)
    }
}

fn series(value: &Value) -> Option<Series> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let samples: Option<Vec<f64>> = value["samples"].as_array()?.iter().map(Value::as_f64).collect();
    let samples = samples.filter(|samples| !samples.is_empty())?;
    text("unit")?;
    Some(Series {
        name: text("name")?,
        peer: text("peer")?,
        metric: text("metric")?,
        samples,
    })
}

/// The middle of the samples.
pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The value below which the given part of the samples lies, between two samples by linear interpolation.
pub fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn quartiles_lie_between_samples() {
        assert!((quantile(&[5.0, 1.0, 3.0], 0.25) - 2.0).abs() < 1e-9);
        assert!((quantile(&[7.0], 0.75) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn a_file_of_another_shape_is_refused() {
        assert!(Results::parse("{}").is_err());
        assert!(
            Results::parse(r#"[{"name": "mixed", "peer": "Arc", "metric": "time", "unit": "ns", "samples": []}]"#)
                .is_err()
        );
        assert!(Results::parse("[").is_err());
    }
}
