//! What `trees`, `list` and `graph` have in common: a structure is built and taken apart on one thread, on any heap.
//!
//! A run ends when all roots are dropped and everything is collected, so that work put off counts. A smaller run comes
//! first, to fill caches and the allocator's lists; a run with the nodes counted comes last, without the clock.

use super::{Figure, Report, Show};
use crate::clock::Stopwatch;
use crate::edges::Shape;
use crate::memory::resident;
use crate::peer::{Heap, Peer, Task, on_heap};
use crate::stack::deep;
use crate::tally;

/// Work on a heap.
pub trait Structure: Copy + Send {
    /// How its nodes keep their handles.
    type Shape: Shape;

    /// The same at about a tenth of the size.
    fn smaller(self) -> Self;

    /// Does the work; roots may be left.
    fn run<H: Heap<Self::Shape>>(self, heap: &mut H);
}

/// Takes a sample.
pub fn measure<W: Structure>(work: W, peer: &str) -> Result<Report, String> {
    on_heap(peer, Timed(work))
}

struct Timed<W>(W);

impl<W: Structure> Task for Timed<W> {
    type Output = Report;

    fn run<P: Peer>(self) -> Report {
        let Self(work) = self;
        deep(move || {
            perform::<P, W, false>(work.smaller());
            let watch = Stopwatch::start();
            perform::<P, W, false>(work);
            let (time, cpu) = (watch.wall().as_secs_f64(), watch.cpu().as_secs_f64());
            let (_, memory) = resident();
            perform::<P, W, true>(work);
            Report::of([
                Figure::new("time until empty", "s", Show::Ratio, time),
                Figure::new("CPU time", "s", Show::Ratio, cpu),
                Figure::new("peak memory", "bytes", Show::Ratio, memory as f64),
                Figure::new("alive at the end", "nodes", Show::Value, tally::alive() as f64),
            ])
        })
    }
}

/// Does the work on a heap of its own, and empties it.
fn perform<P: Peer, W: Structure, const COUNTED: bool>(work: W) {
    let mut heap = P::Heap::<W::Shape, COUNTED>::new();
    work.run(&mut heap);
    heap.work(|_, roots| roots.clear());
    heap.collect();
}

/// The peers of these benchmarks.
pub const PEERS: &[&str] = &[
    "Arc",
    "Arc, mimalloc",
    "freehold",
    "dumpster",
    "rust-cc",
    "bacon-rajan-cc",
    "gc",
    "boa_gc",
    "gc-arena",
];

/// What is alive after a small run, for tests: nothing, but with `Arc`.
#[cfg(test)]
pub fn leftovers<W: Structure>(work: W) -> Vec<(&'static str, i64)> {
    struct Counted<W>(W);

    impl<W: Structure> Task for Counted<W> {
        type Output = i64;

        fn run<P: Peer>(self) -> i64 {
            let Self(work) = self;
            deep(move || {
                perform::<P, W, true>(work.smaller());
                tally::alive()
            })
        }
    }

    let peers = PEERS.iter().filter(|peer| !peer.ends_with("mimalloc"));
    peers
        .map(|peer| (*peer, tally::counting(|| on_heap(peer, Counted(work)).expect("a peer"))))
        .collect()
}
