//! What a container's length over time says: it grows, it has stopped, or nobody knows.
//!
//! A leak and a warm cache look alike at one moment; the shape of the curve tells them apart. The length at
//! capture, counted from the graph, is the last point of every curve.

use crate::heap::Heap;
use crate::snapshot::Length;
use crate::suspect::Confidence;
use crate::suspect::threshold::{DRAINED, GROWTH_OF_HALF, GROWTH_OF_QUARTER, LEAST_POINTS, SURE_POINTS, SURE_SECONDS};
use crate::{ObjectFlags, ObjectId};

/// How a container grew while it was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// The first point known.
    pub from: Length,
    /// The last point known.
    pub to: Length,
    /// How many points are known.
    pub points: usize,
}

impl Growth {
    /// How long the container was watched, in seconds.
    pub fn seconds(&self) -> f64 {
        self.to.seconds - self.from.seconds
    }

    pub(crate) fn confidence(&self) -> Confidence {
        match self.points >= SURE_POINTS && self.seconds() >= SURE_SECONDS {
            true => Confidence::High,
            false => Confidence::Medium,
        }
    }

    /// The growth of several containers taken together.
    pub(super) fn join(self, other: Growth) -> Growth {
        Growth {
            from: Length {
                seconds: self.from.seconds.min(other.from.seconds),
                length: self.from.length.saturating_add(other.from.length),
            },
            to: Length {
                seconds: self.to.seconds.max(other.to.seconds),
                length: self.to.length.saturating_add(other.to.length),
            },
            points: self.points.max(other.points),
        }
    }
}

/// The verdict on one container.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trend {
    /// Still growing when last seen.
    Growing(Growth),
    /// At a plateau, bounded, or emptied now and then.
    Stable,
    /// Not watched, or not long enough.
    Unknown,
}

/// The verdict on a container by its own flags and history.
pub(super) fn trend(heap: &Heap<'_>, container: u32) -> Trend {
    if heap.has(container, ObjectFlags::BOUNDED) {
        return Trend::Stable;
    }
    let mut points: Vec<Length> = heap.snapshot.lengths(ObjectId(container)).collect();
    if points.is_empty() {
        return Trend::Unknown;
    }
    points.extend(at_capture(heap, container, &points));
    match judge(&points) {
        // It grows with what it refers to, which is a finding where that is held.
        Trend::Growing(_) if is_weak(heap, container) => Trend::Stable,
        verdict => verdict,
    }
}

/// Whether most entries are weak references to what is alive. O(entries).
fn is_weak(heap: &Heap<'_>, container: u32) -> bool {
    let (mut entries, mut weak) = (0_u64, 0_u64);
    for entry in heap.entries(container) {
        entries += 1;
        weak += u64::from(heap.has(entry, ObjectFlags::WEAK));
    }
    weak * 2 > entries
}

/// The length at capture, where the labels tell it and no point is as late.
fn at_capture(heap: &Heap<'_>, container: u32, points: &[Length]) -> Option<Length> {
    let seconds = heap.snapshot.meta.uptime;
    let length = heap.entries(container).count() as u64;
    let later = points.last().is_some_and(|last| last.seconds < seconds);
    (later && length > 0).then_some(Length { seconds, length })
}

/// The verdict on a curve.
fn judge(points: &[Length]) -> Trend {
    let (Some(from), Some(to)) = (points.first(), points.last()) else {
        return Trend::Unknown;
    };
    let growth = Growth {
        from: *from,
        to: *to,
        points: points.len(),
    };
    if points.len() < LEAST_POINTS || growth.seconds() <= 0.0 {
        return Trend::Unknown;
    }
    let end = to.length as f64;
    let most = points.iter().map(|point| point.length).max().unwrap_or(0);
    let half = peak(points, from.seconds + growth.seconds() / 2.0);
    let quarter = peak(points, from.seconds + growth.seconds() * 0.75);
    let grows = end >= half * GROWTH_OF_HALF
        && end >= quarter * GROWTH_OF_QUARTER
        && end >= most as f64 * DRAINED
        && end > half + largest_fall(points) as f64;
    match grows {
        true => Trend::Growing(growth),
        false => Trend::Stable,
    }
}

/// The most that the length was up to a moment.
fn peak(points: &[Length], seconds: f64) -> f64 {
    let before = points.iter().filter(|point| point.seconds <= seconds);
    before.fold(at(points, seconds), |peak, point| peak.max(point.length as f64))
}

/// The most that the length ever fell below what it had been: how far a container swings that is trimmed now and
/// then. To stand out against that, growth must be more.
fn largest_fall(points: &[Length]) -> u64 {
    let mut peak = 0;
    points.iter().fold(0, |fall, point| {
        peak = peak.max(point.length);
        fall.max(peak - point.length)
    })
}

/// The length at a moment, on the line between the points around it.
fn at(points: &[Length], seconds: f64) -> f64 {
    for pair in points.windows(2) {
        let [before, after] = pair else { continue };
        if seconds <= after.seconds {
            let span = after.seconds - before.seconds;
            let along = if span > 0.0 {
                ((seconds - before.seconds) / span).clamp(0.0, 1.0)
            } else {
                1.0
            };
            let (low, high) = (before.length as f64, after.length as f64);
            return low + (high - low) * along;
        }
    }
    points.last().map_or(0.0, |last| last.length as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(curve: &[(f64, u64)]) -> Trend {
        let points: Vec<Length> = curve
            .iter()
            .map(|(seconds, length)| Length {
                seconds: *seconds,
                length: *length,
            })
            .collect();
        judge(&points)
    }

    #[test]
    fn steady_growth_is_growing() {
        let curve = [(0.1, 40), (0.3, 120), (0.7, 280), (1.5, 600), (3.1, 1240)];
        let Trend::Growing(growth) = verdict(&curve) else {
            panic!("not growing")
        };
        assert_eq!((growth.from.length, growth.to.length), (40, 1240));
        assert_eq!(growth.confidence(), Confidence::High);
    }

    #[test]
    fn a_warm_cache_is_stable_whenever_it_filled_up() {
        assert_eq!(verdict(&[(0.1, 50), (0.3, 256), (0.7, 256), (1.5, 256)]), Trend::Stable);
        assert_eq!(verdict(&[(0.1, 50), (1.0, 150), (2.0, 256), (4.0, 256)]), Trend::Stable);
        let late = [(0.0, 50), (1.0, 150), (2.2, 256), (2.9, 256), (4.0, 256)];
        assert_eq!(verdict(&late), Trend::Stable);
    }

    #[test]
    fn a_buffer_that_is_emptied_is_stable() {
        assert_eq!(verdict(&[(0.0, 50), (1.0, 900), (2.0, 40), (4.0, 300)]), Trend::Stable);
    }

    #[test]
    fn a_window_that_is_trimmed_is_stable_wherever_it_is_left() {
        let saw = [
            (0.2, 900),
            (0.4, 2600),
            (0.6, 2050),
            (0.8, 2850),
            (1.0, 2300),
            (1.2, 2700),
            (1.4, 2100),
        ];
        for last in [2000, 2400, 2999] {
            let curve = [&saw[..], &[(1.6, 2500), (1.8, 2200), (2.0, last)]].concat();
            assert_eq!(verdict(&curve), Trend::Stable, "{last}");
        }
    }

    #[test]
    fn growth_is_growth_although_some_entries_go() {
        let curve = [(0.1, 100), (0.5, 500), (0.6, 450), (1.0, 900), (1.1, 800), (2.0, 1800)];
        assert!(matches!(verdict(&curve), Trend::Growing(_)));
    }

    #[test]
    fn two_points_say_nothing() {
        assert_eq!(verdict(&[(0.0, 50), (1.0, 900)]), Trend::Unknown);
        assert_eq!(verdict(&[(1.0, 50), (1.0, 60), (1.0, 900)]), Trend::Unknown);
        assert_eq!(verdict(&[]), Trend::Unknown);
    }

    #[test]
    fn few_points_are_less_sure() {
        let Trend::Growing(growth) = verdict(&[(0.1, 50), (0.2, 90), (0.3, 150)]) else {
            panic!("not growing")
        };
        assert_eq!(growth.confidence(), Confidence::Medium);
    }
}
