//! Out of memory, at every call of the system that a workload makes: nothing is lost, nothing breaks, and when there is memory
//! again, everything works again. Each run is a process, since the first use of the pool is among what fails.

use super::alone;
use super::census;
use super::oracle::{Block, Oracle, Request};
use super::worker::Worker;
use crate::hardened;
use crate::os::{self, Commit, fault};
use crate::page::{Kind, PAGE_SIZE};
use crate::pool::Pool;
use crate::range::Range;
use crate::stats::stats;
use crate::trim;
use std::process::Command;
use std::thread;

/// The variable that tells a child what is to fail.
const PLAN: &str = "FREEHOLD_FAULT";
/// What a child prints before the number of calls.
const CALLS: &str = "calls: ";
/// The page at which there is somebody else's memory, in a window that was not reserved: in its second piece.
const FOREIGN: usize = 700;
/// All calls from one on.
const ALL: i64 = i64::MAX;

/// Blocks of every way to get memory, in one thread; those that could be had.
fn take(oracle: &mut Oracle, worker: &Worker) {
    let small = Request::Object {
        size: 64,
        kind: Kind::Traced,
    };
    let requests = [
        (small, 1200),
        (
            Request::Object {
                size: 3000,
                kind: Kind::Leaf,
            },
            40,
        ),
        (
            Request::Raw {
                size: 48,
                align: 8,
                zeroed: false,
            },
            1200,
        ),
        (
            Request::Raw {
                size: 20_000,
                align: 8,
                zeroed: true,
            },
            8,
        ),
        (
            Request::Raw {
                size: 300_000,
                align: 1 << 17,
                zeroed: true,
            },
            3,
        ),
        (
            Request::Large {
                size: 100_000,
                align: 64,
                kind: Kind::Traced,
            },
            3,
        ),
        // More than a piece that growth takes at a time.
        (
            Request::Raw {
                size: 40 << 20,
                align: 8,
                zeroed: false,
            },
            2,
        ),
    ];
    for (request, count) in requests {
        let seed = oracle.seed();
        let blocks = worker.run(move || {
            (0..count)
                .filter_map(|_| Block::take(request, seed))
                .collect::<Vec<_>>()
        });
        blocks.into_iter().for_each(|block| oracle.insert(block));
    }
}

/// First use, growth, threads that end with live blocks, adoption, `realloc`, walks, `reserve`, decay and `trim`.
fn work(oracle: &mut Oracle) {
    // A refusal is an error, and that is all.
    let _ = Pool.reserve(1 << 20);
    take(oracle, &Worker::start());
    census::check();
    let worker = Worker::start();
    oracle.begin_walk();
    take(oracle, &worker);
    let blocks = oracle.remove_but(3);
    worker.run(move || blocks.into_iter().for_each(Block::give));
    oracle.check();
    oracle.end_walk();
    fault::pass(200);
    for size in [100, 30_000, 200_000, 400_000, 50_000] {
        let blocks = oracle.remove_large_raw();
        let blocks = worker.run(move || blocks.into_iter().map(|block| block.resize(size)).collect::<Vec<_>>());
        blocks.into_iter().for_each(|block| oracle.insert(block));
    }
    census::check();
    fault::pass(200);
    worker.run(trim);
    let _ = Pool.reserve(8 << 20);
    fault::pass(1_000);
    take(oracle, &worker);
    drop(worker);
    let _ = Pool.reserve(0);
    trim();
    census::check();
}

/// What fails in a run.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// The window itself can be had.
    is_reserved: bool,
    /// The calls that may go through after that, and how many of those that follow fail.
    calls: i64,
    failures: i64,
}

impl Plan {
    /// Works as planned, then with memory again, in this process. Prints the number of calls.
    fn run(self) {
        if !self.is_reserved {
            fault::inject(0, 1);
            Pool.reserve(0).expect("nothing is to be had");
            // Somebody else's memory is in the way.
            let way = Range::the().start(FOREIGN);
            assert_eq!(os::map_at(way, PAGE_SIZE), Commit::Done);
        }
        let before = fault::calls();
        fault::inject(self.calls, self.failures);
        let mut oracle = Oracle::default();
        work(&mut oracle);
        println!("{CALLS}{}", fault::calls() - before);
        fault::inject(-1, 0);
        let live = oracle.len();
        take(&mut oracle, &Worker::start());
        assert_eq!(oracle.len() - live, 2456, "everything can be had again");
        let blocks = oracle.remove_but(usize::MAX);
        Worker::start().run(move || blocks.into_iter().for_each(Block::give));
        trim();
        census::check();
        let stats = stats();
        assert!(stats.classes.iter().all(|class| class.live == 0), "{stats:?}");
        assert_eq!((stats.kept, stats.waiting), (0, 0));
        // A guard that the system refuses to take away keeps its block.
        let is_guarded = hardened::IS_ON && self.failures == ALL;
        assert!(stats.large == 0 || is_guarded, "{stats:?}");
    }

    /// Runs in a process of its own. Returns the number of calls.
    fn run_apart(self) -> i64 {
        let output = Command::new(std::env::current_exe().expect("the test's path"))
            .args([
                "--exact",
                "tests::out_of_memory::every_refusal_is_survived",
                "--nocapture",
            ])
            .env(
                PLAN,
                format!("{} {} {}", u8::from(self.is_reserved), self.calls, self.failures),
            )
            .output()
            .expect("the test can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?}: {}\n{said}", output.status);
        let printed = String::from_utf8_lossy(&output.stdout);
        let calls = printed.lines().find_map(|line| line.split_once(CALLS)?.1.parse().ok());
        calls.expect("the number of calls")
    }

    /// The plan in the environment of this process.
    fn told() -> Option<Plan> {
        let plan = std::env::var(PLAN).ok()?;
        let numbers: Vec<i64> = plan
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        Some(Plan {
            is_reserved: numbers[0] == 1,
            calls: numbers[1],
            failures: numbers[2],
        })
    }
}

#[test]
fn every_refusal_is_survived() {
    if let Some(plan) = Plan::told() {
        return alone(|| plan.run());
    }
    // A sanitizer has memory of its own where the window would grow in pieces, so there it must be reserved: by the first call.
    let must_be = cfg!(any(asan, tsan)) || os::WINDOW.is_none();
    let first = i64::from(must_be);
    // Under a sanitizer each run takes its time.
    let step = if cfg!(any(asan, tsan)) { 5 } else { 1 };
    for is_reserved in [true, must_be] {
        let plan = |calls, failures| Plan {
            is_reserved,
            calls,
            failures,
        };
        let calls = plan(-1, 0).run_apart();
        assert!(calls > 10, "{calls} calls");
        thread::scope(|scope| {
            let runs = [1, ALL].map(|failures| {
                scope.spawn(move || {
                    for call in (first..calls).step_by(step) {
                        plan(call, failures).run_apart();
                    }
                })
            });
            // ThreadSanitizer sees a join; it does not see how a scope waits.
            runs.into_iter().for_each(|run| run.join().expect("a run"));
        });
    }
}
