//! Figures as they are printed: medians, and ratios of medians with the spread of the rounds.

use super::results::Series;

/// The median as it is.
pub fn value(series: &Series) -> String {
    number(median(series))
}

/// The median divided by the baseline's, with the quartiles of the rounds' own ratios in brackets if there are rounds.
pub fn ratio(series: &Series, baseline: &Series) -> String {
    let middle = median(series) / median(baseline);
    if series.peer == baseline.peer {
        return "1".to_owned();
    }
    let rounds = series.samples.iter().zip(&baseline.samples);
    let rounds: Vec<f64> = rounds.map(|(sample, base)| sample / base).collect();
    if rounds.len() < 2 {
        return number(middle);
    }
    let (low, high) = (quantile(&rounds, 0.25), quantile(&rounds, 0.75));
    format!("{} [{}–{}]", number(middle), number(low), number(high))
}

/// Three digits or, where there are more before the point, those.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        small if small < 9.995 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value:.decimals$}")
    }
}

/// The median.
pub fn median(series: &Series) -> f64 {
    quantile(&series.samples, 0.5)
}

/// The value below which the given part of the samples lies, between two samples by linear interpolation.
fn quantile(samples: &[f64], part: f64) -> f64 {
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
    fn quantiles_lie_at_samples_or_between_them() {
        assert!((quantile(&[3.0, 1.0, 2.0], 0.5) - 2.0).abs() < 1e-9);
        assert!((quantile(&[4.0, 1.0, 2.0, 3.0], 0.5) - 2.5).abs() < 1e-9);
        assert!((quantile(&[5.0, 1.0, 3.0], 0.25) - 2.0).abs() < 1e-9);
        assert!((quantile(&[7.0], 0.75) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_keep_three_digits() {
        let printed = [0.0, 0.5, 9.999, 12.34, 99.96, 23_334.0].map(number);
        assert_eq!(printed, ["0", "0.50", "10.0", "12.3", "100", "23334"]);
    }
}
