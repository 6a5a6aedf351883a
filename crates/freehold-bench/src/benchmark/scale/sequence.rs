//! What stacks and queues have in common, and what is done with them.
//!
//! *Pairs*: each thread pushes and pops in turn, on a structure that is never empty. *Producers and consumers*: half of the
//! threads push, the others pop what those pushed, and look again when there is nothing.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use super::super::alloc::timing::{Timing, on_each, repeated};
use crate::clock::Stopwatch;

/// A structure that numbers go into and come out of.
pub trait Sequence: Sync {
    /// An empty one.
    fn new() -> Self;

    /// Puts a number in.
    fn push(&self, number: u64);

    /// Takes a number out, if there is one.
    fn pop(&self) -> Option<u64>;
}

/// Numbers that are in a structure before pairs begin.
const FILLED: u64 = 64;

/// Each thread makes so many pairs; an operation is a pair.
pub fn pairs<S: Sequence>(threads: usize, calls: usize) -> Timing {
    let sequence = S::new();
    (0..FILLED).for_each(|number| sequence.push(number));
    repeated(threads, calls, |index| {
        let (sequence, mut number) = (&sequence, index as u64);
        move || {
            sequence.push(number);
            number = sequence.pop().expect("more was pushed than popped");
        }
    })
}

/// So many numbers for each thread go through the structure; an operation is the way of one from a producer to a consumer.
pub fn handover<S: Sequence>(threads: usize, calls: usize) -> Timing {
    let (sequence, start) = (S::new(), Barrier::new(threads));
    let consumers = threads / 2;
    let all = threads * calls;
    let begun = on_each(threads, |index| {
        start.wait();
        let watch = Stopwatch::start();
        if index < consumers {
            (0..share(all, consumers, index)).for_each(|_| {
                black_box(wait_to_pop(&sequence));
            });
        } else {
            (0..share(all, threads - consumers, index - consumers)).for_each(|number| sequence.push(number as u64));
        }
        watch
    });
    Timing::of(&begun[0], threads, calls)
}

/// One part of so many, which differ by one at most and make up the whole.
fn share(all: usize, parts: usize, index: usize) -> usize {
    all * (index + 1) / parts - all * index / parts
}

fn wait_to_pop(sequence: &impl Sequence) -> u64 {
    loop {
        if let Some(number) = sequence.pop() {
            return number;
        }
        thread::yield_now();
    }
}

/// What every structure that is measured must do.
#[cfg(test)]
pub fn check<S: Sequence>() {
    let sequence = S::new();
    assert_eq!(sequence.pop(), None);
    sequence.push(1);
    sequence.push(2);
    let popped = [sequence.pop(), sequence.pop()].map(Option::unwrap);
    assert_eq!(popped[0] + popped[1], 3);
    assert!(pairs::<S>(1, 1_000).wall() > 0.0);
    assert!(pairs::<S>(3, 1_000).wall() > 0.0);
    assert!(handover::<S>(3, 1_000).wall() > 0.0);
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_make_up_the_whole() {
        let shares: Vec<_> = (0..3).map(|index| share(10, 3, index)).collect();
        assert_eq!(shares.iter().sum::<usize>(), 10);
        assert!(shares.iter().all(|part| [3, 4].contains(part)));
    }
}
