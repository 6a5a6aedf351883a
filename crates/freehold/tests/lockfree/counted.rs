//! A value that counts its drops.

use freehold::gc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Counts how many values were dropped.
#[derive(Clone, Debug, Default)]
pub struct Drops(Arc<AtomicUsize>);

impl Drops {
    /// A value whose drop is counted.
    pub fn value(&self) -> Counted {
        Counted(self.clone())
    }

    /// How many were dropped.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until so many were dropped: values in limbo stay there as long as any thread of the process looks at a map.
    pub fn expect(&self, count: usize) {
        until(|| self.count() >= count);
        assert_eq!(self.count(), count);
    }
}

/// Joins the threads of a scope, which ThreadSanitizer does not see its end do.
#[allow(dead_code)] // Not in every test that has this file.
pub fn join<'scope, T>(threads: impl IntoIterator<Item = thread::ScopedJoinHandle<'scope, T>>) {
    for thread in threads {
        assert!(thread.join().is_ok());
    }
}

/// Collects until `is_so`.
pub fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        thread::sleep(Duration::from_millis(1));
        gc::collect();
    }
}

/// Counts its drop.
#[derive(Debug)]
pub struct Counted(Drops);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}
