//! One sample: a benchmark run once by one peer in a process of its own.
//!
//! The process first does a tenth of the work unmeasured, which fills caches, thread-local state and the allocator's
//! lists for every peer alike; then it does the work under the clock; then once more with the nodes counted, without
//! the clock, to see what is alive when everything was dropped and collected.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::clock::Stopwatch;
use crate::mixed::Work;
use crate::peer::{ArcNode, DumpsterNode, FreeholdNode, Peer, StdArcNode};
use crate::tally;

/// Operations in one run.
const OPERATIONS: usize = 1_000_000;

/// A sample takes about a second; one that takes this long will never end.
const LIMIT: Duration = Duration::from_secs(120);

/// The peers, the baseline first.
pub const PEERS: [&str; 4] = ["Arc", "Arc, std lock", "freehold", "dumpster"];

/// `mixed` with a number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Benchmark {
    threads: usize,
}

impl Benchmark {
    /// The benchmarks with these names, or all; `mixed` runs with one thread and with one for each core.
    pub fn named(names: &[String]) -> Result<Vec<Self>, String> {
        if let Some(unknown) = names.iter().find(|name| *name != "mixed") {
            return Err(format!("there is no benchmark {unknown:?}; there is: mixed"));
        }
        let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Ok(vec![Self { threads: 1 }, Self { threads: cores }])
    }

    /// The name in results.
    pub fn title(self) -> String {
        if self.threads == 1 {
            "mixed, 1 thread".to_owned()
        } else {
            format!("mixed, {} threads", self.threads)
        }
    }
}

/// What one run took, in nanoseconds an operation, and what it left behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Wall time of the operations.
    pub time: f64,
    /// Wall time until the roots are dropped and all is collected.
    pub emptied: f64,
    /// CPU time of all threads until then.
    pub cpu: f64,
    /// Nodes alive then.
    pub alive: f64,
}

impl Sample {
    /// Metric, unit and value of each figure.
    pub fn figures(&self) -> [(&'static str, &'static str, f64); 4] {
        [
            ("time", "ns/operation", self.time),
            ("time until empty", "ns/operation", self.emptied),
            ("CPU time", "ns/operation", self.cpu),
            ("alive at the end", "nodes", self.alive),
        ]
    }

    /// Has a process of its own take a sample.
    pub fn spawn(benchmark: Benchmark, peer: &str, seed: u64) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
        let mut command = Command::new(program);
        command
            .args(["sample", peer, &benchmark.threads.to_string(), &seed.to_string()])
            .stdout(Stdio::piped());
        let child = command
            .spawn()
            .map_err(|error| format!("a sample of {peer} did not start: {error}"))?;
        let output = wait(child).map_err(|reason| format!("a sample of {peer}, {}: {reason}", benchmark.title()))?;
        Self::from_json(&output).ok_or_else(|| format!("a sample of {peer} printed no figures"))
    }

    fn from_json(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let figure = |key: &str| value[key].as_f64();
        Some(Self {
            time: figure("time")?,
            emptied: figure("emptied")?,
            cpu: figure("cpu")?,
            alive: figure("alive")?,
        })
    }

    fn to_json(self) -> Value {
        json!({ "time": self.time, "emptied": self.emptied, "cpu": self.cpu, "alive": self.alive })
    }
}

/// What the process printed; one that is not done in time is ended, since a peer may wait for itself for ever.
fn wait(mut child: Child) -> Result<Vec<u8>, String> {
    let begin = Instant::now();
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if begin.elapsed() > LIMIT {
            // It may have ended this very moment; then there is nothing left to end.
            let _ = child.kill();
            return Err(format!("not done after {} s", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // One line of figures fits the pipe, so the process never waited to write it.
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("ended with {}", output.status))
    }
}

/// `sample PEER THREADS SEED`: measures in this process and prints the figures.
pub fn take(words: &[String]) -> Result<(), String> {
    let [peer, threads, seed] = words else {
        return Err("sample needs PEER THREADS SEED".to_owned());
    };
    let number = |word: &str| word.parse::<u64>().map_err(|_| format!("{word:?} is not a number"));
    let threads = usize::try_from(number(threads)?).unwrap_or(1).max(1);
    let work = Work {
        threads,
        operations: OPERATIONS,
        seed: number(seed)?,
    };
    let sample = match peer.as_str() {
        "Arc" => measure::<Arc<ArcNode<false>>, Arc<ArcNode<true>>>(work),
        "Arc, std lock" => measure::<Arc<StdArcNode<false>>, Arc<StdArcNode<true>>>(work),
        "freehold" => measure::<freehold::Gc<FreeholdNode<false>>, freehold::Gc<FreeholdNode<true>>>(work),
        "dumpster" => measure::<dumpster::sync::Gc<DumpsterNode<false>>, dumpster::sync::Gc<DumpsterNode<true>>>(work),
        other => return Err(format!("there is no peer {other:?}")),
    };
    println!("{}", sample.to_json());
    Ok(())
}

/// Runs the work warm, timed and counted.
fn measure<Timed: Peer, Counted: Peer>(work: Work) -> Sample {
    Work {
        operations: work.operations / 10,
        ..work
    }
    .run::<Timed>(|| {});
    let mut time = 0.0;
    let watch = Stopwatch::start();
    work.run::<Timed>(|| time = per_operation(watch.wall(), work));
    let (emptied, cpu) = (per_operation(watch.wall(), work), per_operation(watch.cpu(), work));
    work.run::<Counted>(|| {});
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let alive = tally::alive() as f64;
    Sample {
        time,
        emptied,
        cpu,
        alive,
    }
}

#[expect(clippy::cast_precision_loss, reason = "operations stay far below 2^52")]
fn per_operation(time: Duration, work: Work) -> f64 {
    time.as_secs_f64() * 1e9 / work.operations as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive_after<P: Peer>(threads: usize) -> i64 {
        let before = tally::alive();
        Work {
            threads,
            operations: 20_000,
            seed: 7,
        }
        .run::<P>(|| {});
        tally::alive() - before
    }

    /// One test for all peers, since they share the count. dumpster may leave a few nodes when threads race.
    #[test]
    fn peers_that_collect_leave_nothing_and_arc_leaves_cycles() {
        for threads in [1, 2] {
            assert!(alive_after::<Arc<ArcNode<true>>>(threads) > 0);
            assert_eq!(alive_after::<freehold::Gc<FreeholdNode<true>>>(threads), 0);
        }
        assert_eq!(alive_after::<dumpster::sync::Gc<DumpsterNode<true>>>(1), 0);
    }

    #[test]
    fn a_sample_survives_the_way_between_processes() {
        let sample = Sample {
            time: 1.5,
            emptied: 2.5,
            cpu: 3.5,
            alive: 4.0,
        };
        assert_eq!(Sample::from_json(sample.to_json().to_string().as_bytes()), Some(sample));
        assert_eq!(Sample::from_json(b"nothing"), None);
    }
}
