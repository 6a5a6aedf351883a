//! Model of the grace period: a page of objects is given back, and becomes raw memory that its next user writes to, or a page of
//! objects again, while walks go on.
//! Checked: a walk that finds the page's kind to be one of objects reads header words only, never what another user wrote.
#![cfg(loom)]

use freehold_pool::grace::Grace;
use loom::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

const FREE: u8 = 0;
const OBJECTS: u8 = 1;
const RAW: u8 = 3;

/// A header word, as objects have them, and what a user of raw memory may write.
const HEADER: u64 = 1;
const GARBAGE: u64 = 7;

struct Source {
    /// The page, if it waits.
    grace: Mutex<Grace<Vec<()>>>,
    kind: AtomicU8,
    word: AtomicU64,
}

impl Source {
    /// As the pool's walk.
    fn walk(&self) {
        self.grace.lock().unwrap().begin();
        for _ in 0..2 {
            // Acquire, as `Page::kind`.
            if self.kind.load(Ordering::Acquire) == OBJECTS {
                let word = self.word.load(Ordering::Relaxed);
                assert_ne!(word, GARBAGE, "a walk read another user's memory");
            }
        }
        let mut grace = self.grace.lock().unwrap();
        if grace.end().is_some_and(|pages| !pages.is_empty()) {
            self.clear();
            drop(grace);
            self.reuse();
        }
    }

    /// As the pool's `retire`.
    fn retire(&self) {
        let mut grace = self.grace.lock().unwrap();
        if let Some(waiting) = grace.wait() {
            return waiting.push(());
        }
        self.clear();
        drop(grace);
        self.reuse();
    }

    /// As `Page::clear`; under the lock.
    fn clear(&self) {
        self.kind.store(FREE, Ordering::Relaxed);
    }

    /// Raw memory for a moment, then objects again.
    fn reuse(&self) {
        drop(self.grace.lock().unwrap());
        self.kind.store(RAW, Ordering::Release);
        self.word.store(GARBAGE, Ordering::Relaxed);
        self.kind.store(FREE, Ordering::Relaxed);
        drop(self.grace.lock().unwrap());
        // The source zeroes what becomes a page of objects.
        self.word.store(0, Ordering::Relaxed);
        self.kind.store(OBJECTS, Ordering::Release);
    }
}

fn check(walkers: usize) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let source = Arc::new(Source {
            grace: Mutex::new(Grace::new(Vec::new())),
            kind: AtomicU8::new(OBJECTS),
            word: AtomicU64::new(HEADER),
        });
        let walkers: Vec<_> = (0..walkers)
            .map(|_| {
                let source = source.clone();
                thread::spawn(move || source.walk())
            })
            .collect();
        source.retire();
        for walker in walkers {
            walker.join().unwrap();
        }
    });
}

#[test]
fn a_walk_never_reads_what_is_not_a_header() {
    check(1);
}

#[test]
fn the_last_of_two_walks_lets_pages_go() {
    check(2);
}
