//! `Barrier`: all or none, again and again, and what breaks it.

use crate::{LONG, SHORT, until};
use freehold::sync::{Barrier, BarrierWaitResult, BrokenBarrier};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn nobody_goes_on_before_all_have_come() {
    const THREADS: usize = 3;
    let (barrier, arrivals) = (Barrier::new(THREADS), AtomicUsize::new(0));
    assert_eq!(barrier.parties(), THREADS);
    let run = || {
        for round in 1..=200 {
            arrivals.fetch_add(1, SeqCst);
            barrier.wait().unwrap();
            assert!(arrivals.load(SeqCst) >= round * THREADS);
            barrier.wait().unwrap();
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|_| _ = scope.spawn(run)));
    assert_eq!(barrier.waiting(), 0);
}

#[test]
fn each_has_a_number_and_one_leads() {
    let barrier = Barrier::new(4);
    let results: Vec<BarrierWaitResult> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| barrier.wait().unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let numbers: BTreeSet<_> = results.iter().map(BarrierWaitResult::index).collect();
    assert_eq!(numbers, (0..4).collect());
    assert_eq!(results.iter().filter(|result| result.is_leader()).count(), 1);
}

#[test]
fn a_barrier_for_none_is_one_for_one() {
    assert!(Barrier::new(0).wait().unwrap().is_leader());
}

#[test]
fn who_loses_patience_breaks_it_for_all() {
    let barrier = Barrier::new(3);
    thread::scope(|scope| {
        let patient = scope.spawn(|| barrier.wait());
        until(|| barrier.waiting() == 1);
        let begin = Instant::now();
        assert_eq!(barrier.wait_for(SHORT), Err(BrokenBarrier));
        assert!(begin.elapsed() >= SHORT);
        assert_eq!(patient.join().unwrap(), Err(BrokenBarrier));
    });
    assert!(barrier.is_broken());
    assert_eq!(barrier.wait(), Err(BrokenBarrier));
    barrier.reset();
    assert_eq!(barrier.wait_until(Instant::now() + SHORT), Err(BrokenBarrier));
}

#[test]
fn who_waited_when_it_broke_is_told_whatever_came_after() {
    let barrier = Barrier::new(2);
    for _ in 0..100 {
        thread::scope(|scope| {
            let waits = scope.spawn(|| barrier.wait());
            until(|| barrier.waiting() == 1);
            barrier.abort();
            barrier.reset();
            assert_eq!(barrier.wait_for(Duration::ZERO), Err(BrokenBarrier));
            barrier.reset();
            // Other rounds, good and bad, before the thread may have woken.
            let (one, other) = (scope.spawn(|| barrier.wait()), scope.spawn(|| barrier.wait_for(LONG)));
            assert!(one.join().unwrap().is_ok() && other.join().unwrap().is_ok());
            let again = scope.spawn(|| barrier.wait());
            until(|| barrier.waiting() == 1);
            barrier.reset();
            assert_eq!(again.join().unwrap(), Err(BrokenBarrier));
            assert_eq!(waits.join().unwrap(), Err(BrokenBarrier));
        });
    }
    assert!(!barrier.is_broken());
}
