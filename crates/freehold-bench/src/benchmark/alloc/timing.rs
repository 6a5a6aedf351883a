//! How long a variant of `alloc` took, and the threads that it ran on.
//!
//! Work for one thread runs on the program's first thread, and no other exists: allocators that tell a program with one
//! thread from others may do so.

use std::sync::Barrier;
use std::thread;

use crate::benchmark::{Figure, Show};
use crate::clock::{Stopwatch, thread_cpu_time};

/// The time of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Nanoseconds that passed for each operation of one thread.
    wall: f64,
    /// Nanoseconds of CPU time for each operation, whichever thread did it.
    cpu: f64,
}

impl Timing {
    /// What the stopwatch says of work that this many threads shared, with so many operations each.
    pub fn of(watch: &Stopwatch, threads: usize, operations: usize) -> Self {
        let each = |seconds: f64, operations: usize| seconds * 1e9 / operations as f64;
        Self {
            wall: each(watch.wall().as_secs_f64(), operations),
            cpu: each(watch.cpu().as_secs_f64(), operations * threads),
        }
    }

    /// The mean of several threads' own.
    fn mean(all: &[Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        Self {
            wall: mean(|timing| timing.wall),
            cpu: mean(|timing| timing.cpu),
        }
    }

    /// As columns.
    pub fn figures(&self) -> [Figure; 2] {
        [
            Figure::new("time", "ns/operation", Show::Ratio, self.wall),
            Figure::new("CPU time", "ns/operation", Show::Ratio, self.cpu),
        ]
    }

    /// Nanoseconds that passed for each operation of one thread.
    pub fn wall(&self) -> f64 {
        self.wall
    }
}

/// Each of the threads sets up and warms up, then all at once make `calls` calls, timed by each for itself.
pub fn repeated<C: FnMut()>(threads: usize, calls: usize, set_up: impl Fn(usize) -> C + Sync) -> Timing {
    let start = Barrier::new(threads);
    let timings = on_each(threads, |index| {
        let mut call = set_up(index);
        (0..calls / 10).for_each(|_| call());
        start.wait();
        let (watch, cpu) = (Stopwatch::start(), thread_cpu_time());
        (0..calls).for_each(|_| call());
        let [wall, cpu] = [watch.wall(), thread_cpu_time() - cpu].map(|time| time.as_secs_f64() * 1e9 / calls as f64);
        Timing { wall, cpu }
    });
    Timing::mean(&timings)
}

/// Runs the work on so many new threads at once, or on this one if it is for one.
pub fn on_each<R: Send>(threads: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    if threads == 1 {
        return vec![work(0)];
    }
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|index| scope.spawn(move || work(index))).collect();
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("the benchmark ran to its end"));
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_thread_is_the_caller_s_and_several_are_new() {
        let own = thread::current().id();
        assert_eq!(on_each(1, |_| thread::current().id()), [own]);
        let others = on_each(3, |index| (index, thread::current().id()));
        assert!(
            others
                .iter()
                .enumerate()
                .all(|(place, (index, id))| place == *index && *id != own)
        );
    }

    #[test]
    fn calls_are_made_by_every_thread_and_a_tenth_before() {
        let count = AtomicUsize::new(0);
        // Relaxed: read after the threads are joined.
        let timing = repeated(2, 100, |_| {
            || {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert_eq!(count.load(Ordering::Relaxed), 220);
        assert!(timing.wall > 0.0);
    }

    #[test]
    fn a_mean_is_the_mean() {
        let timing = |wall, cpu| Timing { wall, cpu };
        let mean = Timing::mean(&[timing(1.0, 4.0), timing(3.0, 8.0)]);
        assert!((mean.wall - 2.0).abs() < 1e-9 && (mean.cpu - 6.0).abs() < 1e-9);
    }
}
