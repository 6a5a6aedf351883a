//! The benchmark `new`: a value is moved into the heap and dropped, at several sizes.
//!
//! Values of plain bytes; nodes with a lock and room for three handles, which a collector has to reckon with; and such
//! nodes a thousand at a time, dropped in the order in which they were made.

use std::hint::black_box;

use super::repeat::per_operation;
use super::{Benchmark, Job, Report};
use crate::edges::Few;
use crate::peer::{Handle, SharedPeer, SharedTask, on_shared};

/// Values made at each size.
const CALLS: usize = 5_000_000;

/// Nodes that are made before the first is dropped.
const BATCH: usize = 1_000;

/// The benchmark.
pub struct New;

impl Benchmark for New {
    fn name(&self) -> &'static str {
        "new"
    }

    fn variants(&self) -> Vec<String> {
        [
            "8 bytes",
            "32 bytes",
            "128 bytes",
            "1024 bytes",
            "a node",
            "1000 nodes at a time",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        &["Arc", "Arc, mimalloc", "freehold", "dumpster", "dumpster, mimalloc"]
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        on_shared(&job.peer, Making { variant: job.variant })
    }
}

struct Making {
    variant: usize,
}

impl SharedTask for Making {
    type Output = Report;

    fn run<P: SharedPeer>(self) -> Report {
        P::Handle::<Few, false>::prepare();
        match self.variant {
            0 => bytes::<P, 8>(),
            1 => bytes::<P, 32>(),
            2 => bytes::<P, 128>(),
            3 => bytes::<P, 1024>(),
            4 => per_operation(1, CALLS, 1, |_| || drop(black_box(node::<P>()))),
            _ => batches::<P>(),
        }
    }
}

fn bytes<P: SharedPeer, const SIZE: usize>() -> Report {
    per_operation(1, CALLS, 1, |_| || drop(black_box(P::value([1_u8; SIZE]))))
}

fn node<P: SharedPeer>() -> P::Handle<Few, false> {
    P::Handle::create([None, None, None])
}

fn batches<P: SharedPeer>() -> Report {
    per_operation(1, CALLS / BATCH, BATCH, |_| {
        let mut nodes = Vec::with_capacity(BATCH);
        move || {
            nodes.extend((0..BATCH).map(|_| node::<P>()));
            nodes.drain(..).for_each(|node| drop(black_box(node)));
        }
    })
}
