//! Timing of operations that take nanoseconds: many calls in a row, by one thread or by several at once.

use std::sync::Barrier;

use super::{Figure, Report, Show};
use crate::clock::{Stopwatch, thread_cpu_time};
use crate::stack::deep_each;

/// Each of the threads sets up, then all at once make `calls` calls of `each` operations; reports the mean time of one.
///
/// A tenth of the calls is made before the clock starts.
pub fn per_operation<C: FnMut()>(
    threads: usize,
    calls: usize,
    each: usize,
    set_up: impl Fn(usize) -> C + Sync,
) -> Report {
    let start = Barrier::new(threads);
    let times = deep_each(threads, |index| {
        let mut call = set_up(index);
        (0..calls / 10).for_each(|_| call());
        start.wait();
        let (watch, cpu) = (Stopwatch::start(), thread_cpu_time());
        (0..calls).for_each(|_| call());
        [watch.wall(), thread_cpu_time() - cpu].map(|time| time.as_secs_f64() * 1e9 / (calls * each) as f64)
    });
    let mean = |clock: usize| times.iter().map(|time| time[clock]).sum::<f64>() / threads as f64;
    Report::of([
        Figure::new("time", "ns/operation", Show::Ratio, mean(0)),
        Figure::new("CPU time", "ns/operation", Show::Ratio, mean(1)),
    ])
}
