//! The benchmark `pause`: how long the operations of one thread take while another collects a large heap.
//!
//! The thread that is watched changes a small graph of its own, in the heap that is collected: each operation makes a
//! node, enters the lock of another, exchanges its edge, and drops the old one. The other thread holds a random graph of
//! a million nodes (ten with `--large`); it collects it alive, drops it, collects it dead, and builds it anew; only the
//! collections are watched. Two controls show what the machine itself does: the other thread sleeps, or it reads and
//! writes memory all over, without a collection. In the last variant collections start by themselves, and the other thread
//! does nothing but build such graphs and drop them, which is watched as a whole: what a peer does to a thread when its
//! collector is outrun shows there.
//!
//! An operation during which the kernel gave the core to another thread is counted apart, as Linux counts involuntary
//! switches for each thread.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Benchmark, Figure, Job, Report, Show};
use crate::edges::Many;
use crate::histogram::Histogram;
use crate::peer::{Handle, SharedPeer, SharedTask, on_shared};
use crate::random::Random;
use crate::stack::deep;

/// Nodes of the graph that is collected, unless there are to be many.
const NODES: usize = 1_000_000;

/// Nodes of the watched thread's own graph.
const OWN: usize = 1_000;

/// How often the graph is built and collected.
const GRAPHS: usize = 3;

/// How long a control takes.
const CONTROL: Duration = Duration::from_secs(1);

/// An operation that takes longer than this, in nanoseconds, is looked into.
const LONG: u64 = 5_000;

/// The benchmark.
pub struct Pause;

impl Benchmark for Pause {
    fn name(&self) -> &'static str {
        "pause"
    }

    fn variants(&self) -> Vec<String> {
        [
            "the other thread asleep",
            "the other thread busy",
            "collecting",
            "making garbage",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["freehold", "dumpster"]
    }

    fn rounds(&self) -> u64 {
        3
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let watching = Watching {
            other: OTHERS[job.variant],
            nodes: if job.is_large { 10 * NODES } else { NODES },
            seed: job.seed,
        };
        Ok(on_shared(&job.peer, watching)?.report())
    }
}

/// What the other thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    Asleep,
    Busy,
    Collecting,
    MakingGarbage,
}

/// By variant.
const OTHERS: [Other; 4] = [Other::Asleep, Other::Busy, Other::Collecting, Other::MakingGarbage];

/// How long operations took.
struct Stalls {
    all: Histogram,
    /// Those during which the thread kept its core.
    undisturbed: Histogram,
}

impl Stalls {
    fn report(&self) -> Report {
        let figure = |metric, nanoseconds: u64| Figure::new(metric, "µs", Show::Value, nanoseconds as f64 / 1e3);
        Report::of([
            figure("50 %", self.all.percentile(0.5)),
            figure("99 %", self.all.percentile(0.99)),
            figure("99.99 %", self.all.percentile(0.9999)),
            figure("longest", self.all.longest()),
            figure("99.99 %, not preempted", self.undisturbed.percentile(0.9999)),
            figure("longest, not preempted", self.undisturbed.longest()),
        ])
    }
}

struct Watching {
    other: Other,
    nodes: usize,
    seed: u64,
}

/// The watched thread makes its graph, is watched or not, and stops.
const UNWATCHED: u8 = 0;
const WATCHED: u8 = 1;
const OVER: u8 = 2;

impl SharedTask for Watching {
    type Output = Stalls;

    fn run<P: SharedPeer>(self) -> Stalls {
        P::Handle::<Many, false>::prepare();
        if self.other != Other::MakingGarbage {
            P::Handle::<Many, false>::only_on_demand();
        }
        let stage = AtomicU8::new(UNWATCHED);
        let is_ready = AtomicBool::new(false);
        thread::scope(|scope| {
            let watched = scope.spawn(|| deep(|| operate::<P::Handle<Many, false>>(&stage, &is_ready)));
            while !is_ready.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            self.disturb::<P::Handle<Many, false>>(&stage);
            stage.store(OVER, Ordering::Relaxed);
            watched.join().expect("the watched thread ran to its end")
        })
    }
}

impl Watching {
    /// Does what the other thread is to do, and says when it is watched.
    fn disturb<H: Handle<Many> + Send + Sync>(&self, stage: &AtomicU8) {
        // Relaxed throughout: a few operations more or less are watched.
        let watched = |work: &mut dyn FnMut()| {
            stage.store(WATCHED, Ordering::Relaxed);
            work();
            stage.store(UNWATCHED, Ordering::Relaxed);
        };
        match self.other {
            Other::Asleep => watched(&mut || thread::sleep(CONTROL)),
            Other::Busy => {
                let mut memory = vec![1_u64; self.nodes * 8];
                watched(&mut || rummage(&mut memory, self.seed));
            }
            Other::Collecting => deep(|| {
                for graph in 0..GRAPHS {
                    let mut roots = build::<H>(self.nodes, self.seed + graph as u64);
                    watched(&mut H::collect);
                    watched(&mut || {
                        roots.clear();
                        H::collect();
                    });
                }
            }),
            Other::MakingGarbage => deep(|| {
                let graphs = self.seed..self.seed + GRAPHS as u64;
                watched(&mut || graphs.clone().for_each(|seed| drop(build::<H>(self.nodes, seed))));
            }),
        }
    }
}

/// Changes words all over the memory until the time is over.
fn rummage(memory: &mut [u64], seed: u64) {
    let mut random = Random::new(seed);
    let begin = Instant::now();
    while begin.elapsed() < CONTROL {
        for _ in 0..1_000 {
            memory[random.below(memory.len())] += 1;
        }
    }
}

/// A root of a random graph in cycles.
fn build<H: Handle<Many>>(nodes: usize, seed: u64) -> Vec<H> {
    let mut random = Random::new(seed);
    let mut roots: Vec<H> = (0..nodes).map(|_| H::create(Vec::new())).collect();
    for node in 0..nodes {
        // From an earlier node, so that all is reachable from the first; the first is from the last.
        let from = if node == 0 { nodes - 1 } else { random.below(node) };
        let to = [(from, node), (node, random.below(nodes))];
        for (from, to) in to {
            let handle = roots[to].clone();
            roots[from].edit(|edges| edges.push(handle));
        }
    }
    roots.truncate(1);
    roots
}

/// The watched thread.
fn operate<H: Handle<Many>>(stage: &AtomicU8, is_ready: &AtomicBool) -> Stalls {
    let mut random = Random::new(0);
    let nodes: Vec<H> = (0..OWN).map(|_| H::create(vec![H::create(Vec::new())])).collect();
    let mut stalls = Stalls {
        all: Histogram::new(),
        undisturbed: Histogram::new(),
    };
    let mut switches = involuntary_switches();
    is_ready.store(true, Ordering::Relaxed);
    let mut begin = Instant::now();
    loop {
        let before = stage.load(Ordering::Relaxed);
        operation(&nodes[random.below(OWN)]);
        let end = Instant::now();
        let took = u64::try_from((end - begin).as_nanos()).unwrap_or(u64::MAX);
        begin = end;
        if before == OVER {
            return stalls;
        }
        let is_disturbed = took > LONG && {
            let now = involuntary_switches();
            std::mem::replace(&mut switches, now) != now
        };
        if took > LONG {
            begin = Instant::now();
        }
        if before == WATCHED {
            stalls.all.record(took);
            if !is_disturbed {
                stalls.undisturbed.record(took);
            }
        }
    }
}

/// Makes a node, and puts it in the place of the one that this node held, which nothing else holds.
fn operation<H: Handle<Many>>(node: &H) {
    let new = H::create(Vec::new());
    let handle = new.clone();
    let old = node.edit(|edges| std::mem::replace(&mut edges[0], handle));
    drop((new, old));
}

/// How often the kernel has taken the core from this thread.
fn involuntary_switches() -> i64 {
    // SAFETY: all zeros is a valid value of a structure of plain numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for one such structure.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    assert_eq!(status, 0, "the thread's usage cannot be read");
    usage.ru_nivcsw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_watched_in_every_variant() {
        for peer in Pause.peers(0) {
            for other in [Other::Asleep, Other::Collecting, Other::MakingGarbage] {
                let watching = Watching {
                    other,
                    nodes: 20_000,
                    seed: 1,
                };
                let stalls = crate::tally::counting(|| on_shared(peer, watching).unwrap());
                let [typical, longest] = [stalls.all.percentile(0.5), stalls.all.longest()];
                assert!(typical > 0 && typical <= longest, "{peer}");
            }
        }
    }
}
