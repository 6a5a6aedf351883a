//! How long threads of the program waited for the collector.
//!
//! Nobody waits for a collection as such. What is counted: a lock that the collector was inside; `try_unwrap` of an object that
//! it was at or suspected; an allocation past the limit of the backlog; and a collection that runs inside an allocation because
//! of [`Mode::Inline`](crate::gc::Mode::Inline). Each wait is one more in a bucket; a bucket's waits are at most twice as
//! long as those of the one before.

/// Does what may be a wait for the collector, and counts it if `was` says so of the result.
#[cfg(not(loom))]
pub(crate) fn timed<R>(wait: impl FnOnce() -> R, was: impl FnOnce(&R) -> bool) -> R {
    let begin = std::time::Instant::now();
    let result = wait();
    if was(&result) {
        real::record(begin.elapsed());
    }
    result
}

/// Models have no clock.
#[cfg(loom)]
pub(crate) fn timed<R>(wait: impl FnOnce() -> R, _: impl FnOnce(&R) -> bool) -> R {
    wait()
}

#[cfg(not(loom))]
pub use real::Pauses;
#[cfg(not(loom))]
pub(crate) use real::pauses;

#[cfg(not(loom))]
mod real {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// The last bucket takes all that is longer than 2³⁸ ns, four and a half minutes.
    const BUCKETS: usize = 40;

    // All Relaxed: statistics.
    static COUNTS: [AtomicU64; BUCKETS] = [const { AtomicU64::new(0) }; BUCKETS];
    static LONGEST: AtomicU64 = AtomicU64::new(0);

    pub(super) fn record(wait: Duration) {
        let nanoseconds = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        COUNTS[bucket(nanoseconds)].fetch_add(1, Ordering::Relaxed);
        LONGEST.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// The number of binary digits.
    fn bucket(nanoseconds: u64) -> usize {
        (u64::BITS - nanoseconds.leading_zeros()).min(BUCKETS as u32 - 1) as usize
    }

    /// A histogram of the waits of the program's threads for the collector, since the start of the process: for locks that it
    /// was inside, for objects that it was at, for allocations past the limit of the backlog, and for collections inside an
    /// allocation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Pauses {
        counts: [u64; BUCKETS],
        longest: Duration,
    }

    /// The pauses so far.
    pub(crate) fn pauses() -> Pauses {
        Pauses {
            counts: std::array::from_fn(|index| COUNTS[index].load(Ordering::Relaxed)),
            longest: Duration::from_nanos(LONGEST.load(Ordering::Relaxed)),
        }
    }

    impl Pauses {
        /// The number of waits.
        pub fn count(&self) -> u64 {
            self.counts.iter().sum()
        }

        /// The longest wait.
        pub fn longest(&self) -> Duration {
            self.longest
        }

        /// A length that a share of the waits does not exceed, rounded up to a power of two of nanoseconds: `quantile(0.99)` is
        /// longer than 99 of 100 waits. Zero if there was none.
        pub fn quantile(&self, share: f64) -> Duration {
            let wanted = self.count() as f64 * share.clamp(0.0, 1.0);
            let mut seen = 0;
            for (limit, count) in self.buckets() {
                seen += count;
                if seen as f64 >= wanted {
                    return limit.min(self.longest);
                }
            }
            self.longest
        }

        /// The buckets that are not empty: a length, and the number of waits up to that length and longer than the
        /// bucket before.
        pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
            let counts = self.counts.iter().enumerate().filter(|&(_, &count)| count > 0);
            counts.map(|(bucket, &count)| (Duration::from_nanos((1 << bucket) - 1), count))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn waits_are_counted_by_their_length() {
            let mut counts = [0; BUCKETS];
            for nanoseconds in [0, 1, 3, 900, 1000, 1_000_000] {
                counts[bucket(nanoseconds)] += 1;
            }
            let longest = Duration::from_millis(1);
            let pauses = Pauses { counts, longest };
            assert_eq!(pauses.count(), 6);
            assert_eq!(pauses.quantile(0.5), Duration::from_nanos(3));
            assert_eq!(pauses.quantile(0.8), Duration::from_nanos(1023));
            assert_eq!(pauses.quantile(1.0), longest);
            assert_eq!(bucket(u64::MAX), BUCKETS - 1);
            let none = Pauses {
                counts: [0; BUCKETS],
                longest: Duration::ZERO,
            };
            assert_eq!((none.quantile(0.99), none.buckets().count()), (Duration::ZERO, 0));
        }
    }
}
