//! What the detection of deadlocks costs: locks that nobody else wants, with the feature and without.
//!
//! `cargo run --release -p freehold-bench --example lock_detection`, and the same with
//! `--features freehold/deadlock-detection`. Each figure is the least of seven rounds.

use freehold::sync::{Mutex, RwLock};
use std::hint::black_box;
use std::time::Instant;

/// How often an operation is done in a round.
const TIMES: u32 = 1_000_000;

/// Prints what an operation takes.
fn measure(name: &str, mut operation: impl FnMut()) {
    let round = |_| {
        let begin = Instant::now();
        (0..TIMES).for_each(|_| operation());
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
    };
    let least = (0..7).map(round).fold(f64::INFINITY, f64::min);
    println!("{name:<40} {least:>6.1} ns");
}

fn main() {
    let (a, b) = black_box((Mutex::new(1_u64), Mutex::new(2_u64)));
    let shared = black_box(RwLock::new(3_u64));
    println!("a Mutex<usize> has {} bytes", size_of::<Mutex<usize>>());
    measure("lock, unlock", || *a.lock() += 1);
    measure("read, leave", || _ = black_box(*shared.read()));
    measure("lock A, lock B, unlock both", || {
        let mut outer = a.lock();
        *outer += *b.lock();
    });
    measure("new, lock, unlock, drop", || *black_box(Mutex::new(1_u64)).lock() += 1);
    measure("lock A; new B, lock, unlock, drop", || {
        let outer = a.lock();
        *black_box(Mutex::new(*outer)).lock() += 1;
    });
}
