//! A histogram of durations whose relative error is bounded: each power of two is divided into 32 equal steps.
//!
//! Recording is a shift and an addition; a percentile is exact to 3 %. The longest duration is kept as it is.

/// Steps within a power of two, as a power of two.
const STEPS: u32 = 5;

/// Counts of durations in nanoseconds.
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
}

impl Histogram {
    /// A histogram without durations.
    pub fn new() -> Self {
        Self {
            counts: vec![0; (64 << STEPS) as usize],
            total: 0,
            longest: 0,
        }
    }

    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, nanoseconds: u64) {
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    /// The duration that the given part of all does not exceed.
    pub fn percentile(&self, part: f64) -> u64 {
        let rank = (self.total as f64 * part).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank.max(1) {
                return ceiling(bucket).min(self.longest);
            }
        }
        self.longest
    }

    /// The longest of all.
    pub fn longest(&self) -> u64 {
        self.longest
    }
}

/// The bucket of a duration: up to 32 ns each has its own; beyond, the position of the highest bit and the five below.
fn bucket(nanoseconds: u64) -> usize {
    let shift = (64 - nanoseconds.leading_zeros()).saturating_sub(STEPS + 1);
    ((u64::from(shift) << STEPS) + (nanoseconds >> shift)) as usize
}

/// The longest duration of a bucket.
fn ceiling(bucket: usize) -> u64 {
    let steps = 1 << STEPS;
    let bucket = bucket as u64;
    let shift = (bucket / steps).saturating_sub(1);
    ((bucket - shift * steps + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_it_says() {
        for nanoseconds in (0..5_000).chain([70_000, 1_000_003, 123_456_789_012]) {
            let place = bucket(nanoseconds);
            assert!(nanoseconds <= ceiling(place), "{nanoseconds}");
            assert!(ceiling(place) <= nanoseconds + nanoseconds / 32, "{nanoseconds}");
            assert!(place == 0 || ceiling(place - 1) < nanoseconds, "{nanoseconds}");
        }
    }

    #[test]
    fn percentiles_of_a_known_distribution() {
        let mut histogram = Histogram::new();
        (1..=1_000).for_each(|duration| histogram.record(duration));
        assert!((500..=516).contains(&histogram.percentile(0.5)));
        assert!((990..=1_000).contains(&histogram.percentile(0.99)));
        assert_eq!(histogram.longest(), 1_000);
    }
}
