//! The benchmark `backlog`: cycles are made at full speed by a thread for each core, and what the collector has not yet
//! reclaimed is watched, as nascheme's *cyclotron* does for CPython.
//!
//! The live set is a hundred thousand nodes in rings of ten. Each step makes a ring and puts it in the place of another,
//! which becomes garbage. Ten times a second the nodes that exist are counted; what exceeds the live set is the backlog.
//! CPython makes its rings on one thread, since its threads do not run at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Benchmark, Figure, Job, Report, Show, cores};
use crate::edges::Few;
use crate::memory::resident;
use crate::peer::{Heap, Peer, Task, on_heap};
use crate::python;
use crate::random::Random;
use crate::stack::deep_each;
use crate::tally;

/// Nodes of a ring.
const RING: usize = 10;

/// Nodes that are alive at any time, of all threads.
const LIVE: usize = 100_000;

/// A peer that comes to need this much is stopped, for the sake of the machine.
const MOST_MEMORY: u64 = 8 << 30;

/// The benchmark.
pub struct Backlog;

impl Benchmark for Backlog {
    fn name(&self) -> &'static str {
        "backlog"
    }

    fn variants(&self) -> Vec<String> {
        vec![format!("{} threads", cores())]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["freehold", "dumpster", "CPython"]
    }

    fn rounds(&self) -> u64 {
        3
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let seconds = if job.is_large { 60 } else { 10 };
        if job.peer == "CPython" {
            return measure_python(seconds);
        }
        let making = Making {
            threads: cores(),
            time: Duration::from_secs(seconds),
            live: LIVE,
        };
        let course = on_heap(&job.peer, making)?;
        Ok(course.report())
    }
}

/// What happened in the course of a run.
struct Course {
    /// Nodes made in a second.
    rate: f64,
    /// Nodes that existed beyond the live set, at equal intervals.
    garbage: Vec<f64>,
    /// The most bytes that were resident.
    memory: f64,
    /// Whether it had to be stopped.
    is_cut_short: bool,
}

impl Course {
    fn report(&self) -> Report {
        let times_live = |metric, nodes: f64| Figure::new(metric, "× live set", Show::Value, nodes / LIVE as f64);
        let at = |part: usize| self.garbage.get(part.saturating_sub(1)).copied().unwrap_or(0.0);
        let most = self.garbage.iter().copied().fold(0.0, f64::max);
        let steps = self.garbage.len();
        let note = || format!("stopped at {} GiB of memory", MOST_MEMORY >> 30);
        Report {
            figures: vec![
                Figure::new("nodes made", "1/s", Show::Ratio, self.rate),
                times_live("garbage after ¼", at(steps / 4)),
                times_live("after ½", at(steps / 2)),
                times_live("at the end", at(steps)),
                times_live("most", most),
                Figure::new("peak memory", "bytes", Show::Ratio, self.memory),
            ],
            note: self.is_cut_short.then(note),
        }
    }
}

struct Making {
    threads: usize,
    time: Duration,
    live: usize,
}

impl Task for Making {
    type Output = Course;

    fn run<P: Peer>(self) -> Course {
        let done = AtomicBool::new(false);
        let begin = Instant::now();
        thread::scope(|scope| {
            let watcher = scope.spawn(|| self.watch(&done));
            let made = deep_each(self.threads, |index| {
                make::<P::Heap<Few, true>>(self.live / RING / self.threads, index as u64, &done)
            });
            let (garbage, is_cut_short) = watcher.join().expect("the watch ran to its end");
            let (_, memory) = resident();
            Course {
                rate: made.iter().sum::<usize>() as f64 / begin.elapsed().as_secs_f64(),
                garbage,
                memory: memory as f64,
                is_cut_short,
            }
        })
    }
}

impl Making {
    /// Counts until the time is over or memory short, and says so to the threads.
    fn watch(&self, done: &AtomicBool) -> (Vec<f64>, bool) {
        let begin = Instant::now();
        let mut garbage = Vec::new();
        let mut is_cut_short = false;
        while begin.elapsed() < self.time && !is_cut_short {
            thread::sleep(Duration::from_millis(100));
            garbage.push((tally::alive() as f64 - self.live as f64).max(0.0));
            is_cut_short = resident().0 > MOST_MEMORY;
        }
        // Relaxed: the threads stop soon after; nothing else is told.
        done.store(true, Ordering::Relaxed);
        (garbage, is_cut_short)
    }
}

/// Puts rings in the place of others until told to stop; says how many nodes were made.
fn make<H: Heap<Few>>(rings: usize, seed: u64, done: &AtomicBool) -> usize {
    let mut heap = H::new();
    let mut random = Random::new(seed);
    heap.work(|scope, roots| roots.extend((0..rings).map(|_| ring::<H>(scope))));
    let mut made = rings * RING;
    // Relaxed: see `watch`.
    while !done.load(Ordering::Relaxed) {
        heap.work(|scope, roots| {
            let new = ring::<H>(scope);
            drop(std::mem::replace(&mut roots[random.below(rings)], new));
        });
        made += RING;
    }
    made
}

/// A node of a ring.
fn ring<'h, H: Heap<Few>>(scope: H::Scope<'h>) -> H::Node<'h> {
    let first = H::node(scope, [None, None, None]);
    let last = (1..RING).fold(first.clone(), |next, _| H::node(scope, [Some(next), None, None]));
    H::edit(scope, &first, |edges| edges[0] = Some(last));
    first
}

fn measure_python(seconds: u64) -> Result<Report, String> {
    let words = [
        "backlog".to_owned(),
        seconds.to_string(),
        LIVE.to_string(),
        RING.to_string(),
    ];
    let answer = python::run(&words.each_ref().map(String::as_str))?;
    let course = Course {
        rate: answer.figure("made")? / seconds as f64,
        garbage: answer.figures("garbage"),
        memory: answer.figure("memory")?,
        is_cut_short: false,
    };
    Ok(Report {
        note: Some(answer.version()),
        ..course.report()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_made_and_counted() {
        for peer in ["freehold", "dumpster"] {
            let course = tally::counting(|| {
                let making = Making {
                    threads: 2,
                    time: Duration::from_millis(300),
                    live: 1_000,
                };
                on_heap(peer, making).unwrap()
            });
            assert!(course.rate > 1_000.0 && !course.garbage.is_empty(), "{peer}");
        }
    }

    #[test]
    fn the_most_is_the_most() {
        let course = Course {
            rate: 1.0,
            garbage: vec![1e5, 4e5, 2e5, 3e5],
            memory: 1.0,
            is_cut_short: false,
        };
        let report = course.report().to_json();
        let values: Vec<_> = (0..6)
            .map(|index| report["figures"][index]["value"].as_f64().unwrap())
            .collect();
        assert_eq!(values, [1.0, 1.0, 4.0, 3.0, 4.0, 1.0]);
    }
}
