//! Figures: what the clients and the collector have counted, at a moment and between two.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use freehold::gc::{self, Pauses, Stats};

use crate::load::Tally;

/// The counts at a moment.
pub struct Reading {
    at: Instant,
    requests: u64,
    messages: u64,
    opened: u64,
    ended: u64,
    /// Since the reading before.
    slowest: Duration,
    stats: Stats,
}

impl Reading {
    /// Reads the counts now.
    pub fn take(tally: &Tally) -> Self {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Self {
            at: Instant::now(),
            requests: count(&tally.requests),
            messages: count(&tally.messages),
            // Before what was opened, so that there are never more that have ended.
            ended: count(&tally.ended),
            opened: count(&tally.opened),
            slowest: Duration::from_nanos(tally.slowest.swap(0, Ordering::Relaxed)),
            stats: gc::stats(),
        }
    }

    /// What happened since an earlier reading.
    pub fn since(&self, before: &Self) -> Figures {
        let seconds = (self.at - before.at).as_secs_f64().max(1e-3);
        let rate = |now: u64, then: u64| ((now - then) as f64 / seconds).round() as u64;
        Figures {
            sessions: self.opened.saturating_sub(self.ended),
            requests: rate(self.requests, before.requests),
            messages: rate(self.messages, before.messages),
            live: self.stats.live_objects as u64,
            backlog: self.stats.backlog as u64,
            collected: rate(self.stats.collected, before.stats.collected),
            stall: longest_since(&self.stats.pauses, &before.stats.pauses),
            slowest: self.slowest,
        }
    }
}

/// The longest of the pauses that came after an earlier look. One that is not the longest of all is known up to a power of
/// two, and is rounded up.
fn longest_since(now: &Pauses, before: &Pauses) -> Duration {
    if now.longest() > before.longest() {
        return now.longest();
    }
    let count = |pauses: &Pauses, limit: Duration| {
        let found = pauses.buckets().find(|bucket| bucket.0 == limit);
        found.map_or(0, |bucket| bucket.1)
    };
    let new = now.buckets().filter(|&(limit, after)| after > count(before, limit));
    new.map(|(limit, _)| limit.min(now.longest())).max().unwrap_or_default()
}

/// What happened in a second, and how things stood at its end.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    /// Open connections.
    pub sessions: u64,
    /// Replies to requests, a second.
    pub requests: u64,
    /// Messages that reached somebody, a second.
    pub messages: u64,
    /// Objects on the heap.
    pub live: u64,
    /// Objects on the heap beyond those that came out of the last collection: garbage at most.
    pub backlog: u64,
    /// Objects on unreachable cycles that were freed, a second.
    pub collected: u64,
    /// The longest wait of any thread for the collector.
    pub stall: Duration,
    /// The longest time until a reply, all in all: both sides' threads, the network, the machine's other work.
    pub slowest: Duration,
}

impl Figures {
    /// The greater of each.
    pub fn most(self, other: Self) -> Self {
        Self {
            sessions: self.sessions.max(other.sessions),
            requests: self.requests.max(other.requests),
            messages: self.messages.max(other.messages),
            live: self.live.max(other.live),
            backlog: self.backlog.max(other.backlog),
            collected: self.collected.max(other.collected),
            stall: self.stall.max(other.stall),
            slowest: self.slowest.max(other.slowest),
        }
    }
}

/// The number with a comma between each three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Milliseconds, with as many decimals as matter.
pub fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        0.0 => "0".to_owned(),
        short if short < 1.0 => format!("{short:.3}"),
        _ => format!("{milliseconds:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1_000, 1_234_567].map(grouped).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn short_times_have_more_decimals() {
        let text = |microseconds| milliseconds(Duration::from_micros(microseconds));
        assert_eq!(
            ["0", "0.012", "1.5", "300.0"],
            [0, 12, 1_500, 300_000].map(text).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn figures_are_between_two_readings() {
        let tally = Tally::default();
        let before = Reading::take(&tally);
        tally.requests.store(500, Ordering::Relaxed);
        tally.opened.store(3, Ordering::Relaxed);
        tally.ended.store(1, Ordering::Relaxed);
        tally.slowest.store(2_000_000, Ordering::Relaxed);
        let mut after = Reading::take(&tally);
        after.at = before.at + Duration::from_secs(2);
        let figures = after.since(&before);
        assert_eq!((figures.requests, figures.sessions), (250, 2));
        assert_eq!(figures.slowest, Duration::from_millis(2));
        assert_eq!(
            Reading::take(&tally).slowest,
            Duration::ZERO,
            "it is that of the last second only"
        );
    }
}
