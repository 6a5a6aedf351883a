//! How long each container was over time: the evidence that separates a leak, which grows to the end, from a
//! warm cache, which stopped.
//!
//! Bounded: a container keeps at most [`POINTS`] points, every other one dropped when they are full, and one
//! that is gone or has shrunk below [`LEAST`] is forgotten.

use std::time::Duration;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Shorter containers are not followed.
pub(crate) const LEAST: usize = 32;
/// Most points of one container.
const POINTS: usize = 64;

/// A container's length at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Since the program started.
    pub(crate) at: Duration,
    pub(crate) length: u64,
}

/// One container's lengths, oldest first.
pub(crate) struct Series {
    pub(crate) address: usize,
    pub(crate) ty: usize,
    pub(crate) points: Vec<Point>,
    round: u32,
}

/// The lengths of all containers that are followed.
#[derive(Default)]
pub(crate) struct History {
    series: HashMap<usize, Series, FixedState>,
    round: u32,
}

impl History {
    /// Adds one round of observations: the address, type and length of each container.
    pub(crate) fn record(&mut self, at: Duration, seen: impl IntoIterator<Item = (usize, usize, u64)>) {
        self.round += 1;
        for (address, ty, length) in seen {
            let fresh = || Series {
                address,
                ty,
                points: Vec::new(),
                round: 0,
            };
            let series = self.series.entry(address).or_insert_with(fresh);
            if series.ty != ty {
                *series = fresh();
            }
            series.round = self.round;
            series.push(Point { at, length });
        }
        let round = self.round;
        self.series.retain(|_, series| series.round == round);
    }

    /// All series, in no order.
    pub(crate) fn series(&self) -> impl Iterator<Item = &Series> {
        self.series.values()
    }
}

impl Series {
    fn push(&mut self, point: Point) {
        if self.points.len() == POINTS {
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.points.push(point);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(history: &History) -> &Series {
        history.series().next().unwrap()
    }

    #[test]
    fn stays_bounded_and_keeps_the_first_and_the_last_point() {
        let mut history = History::default();
        for round in 0..1000 {
            history.record(Duration::from_secs(round), [(16, 1, round)]);
        }
        let points = &only(&history).points;
        assert!(points.len() <= POINTS);
        assert_eq!((points[0].length, points[points.len() - 1].length), (0, 999));
        assert!(points.is_sorted_by_key(|point| point.at));
    }

    #[test]
    fn forgets_what_is_gone_and_starts_anew_when_an_address_is_reused() {
        let mut history = History::default();
        history.record(Duration::ZERO, [(16, 1, 40), (32, 1, 50)]);
        history.record(Duration::from_secs(1), [(16, 2, 60)]);
        assert_eq!(history.series().count(), 1);
        assert_eq!(
            only(&history).points,
            [Point {
                at: Duration::from_secs(1),
                length: 60
            }]
        );
    }
}
