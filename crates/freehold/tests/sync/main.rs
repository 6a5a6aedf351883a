//! The locks: each by itself, and all of them with the collector at work.

mod barrier;
mod compile_fail;
mod condvar;
mod cycles;
mod event;
mod moving;
mod mutex;
mod once;
mod reentrant;
mod rwlock;
mod semaphore;

use freehold::gc;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a test to fail by, and never waited for otherwise.
const LONG: Duration = Duration::from_secs(60);
/// Waited for in full.
const SHORT: Duration = Duration::from_millis(20);

/// Waits until something is so.
fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never was so");
        thread::yield_now();
    }
}

/// Runs `work` with a collector that never rests.
fn while_collecting<R>(work: impl FnOnce() -> R) -> R {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let collector = scope.spawn(|| {
            while !stop.load(SeqCst) {
                gc::collect();
            }
        });
        let stopping = Stop(&stop);
        let result = work();
        drop(stopping);
        collector.join().unwrap();
        result
    })
}

/// Runs `work` in several threads, each with its number, and joins them one by one, which ThreadSanitizer understands.
fn together(threads: usize, work: impl Fn(usize) + Sync) {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// A waker that counts.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Woken {
    fn times(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Polls once.
fn poll<F: Future>(future: Pin<&mut F>, woken: &Arc<Woken>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(woken.clone())))
}
