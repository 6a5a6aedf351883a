//! What collectors of cycles get wrong, each as a test; many of these were found in kept libraries.
//!
//! | mistake | tests |
//! | --- | --- |
//! | recursion in trace, mark or drop | `../deep.rs` |
//! | a poisoned lock that panics inside a drop | [`panics`] |
//! | two threads drop 2→1→0, and both or neither destroys | [`counting`] |
//! | graph tearing: a trace that sees two moments | [`moving`] |
//! | moving reference: a handle moved behind the collector's back | [`moving`] |
//! | collectors that race with each other | [`racing`] |
//! | a thread that ends while its pages hold live objects | [`threads`] |
//! | thread-local destructors that drop, make and collect | [`threads`], `../basics.rs` |
//! | panics in trace and in drop | [`panics`], `../basics.rs`, `../hostile.rs` |
//! | fork | `../peers_get_wrong_fork.rs` |
//!
//! The races run against the clock, a second each; `FREEHOLD_ROUNDS` multiplies it.

mod counting;
mod moving;
mod node;
mod panics;
mod racing;
mod threads;

use freehold::gc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// One test at a time, and no collection but those it asks for.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let alone = ALONE.lock();
    gc::disable();
    alone
}

/// The time that a race is run for.
fn time() -> Duration {
    let rounds = std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    Duration::from_millis(1000) * rounds
}

/// Repeats `round` until the time is over; how often it ran.
fn race(mut round: impl FnMut()) -> u32 {
    let begin = Instant::now();
    let mut rounds = 0;
    while begin.elapsed() < time() {
        round();
        rounds += 1;
    }
    rounds
}

/// Threads that collect without rest, until dropped.
struct Collectors {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Collectors {
    fn start(number: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let collect = |_| {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    gc::collect();
                }
            })
        };
        Collectors {
            threads: (0..number).map(collect).collect(),
            stop,
        }
    }
}

impl Drop for Collectors {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}
