//! Waiting in tests: for threads, and for what is dropped later.

use super::counted::Drops;
use freehold::gc;
use std::thread;
use std::time::{Duration, Instant};

/// Joins the threads of a scope, which ThreadSanitizer does not see its end do.
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

impl Drops {
    /// Waits until so many were dropped: values in limbo stay there as long as any thread of the process looks at a map.
    pub fn expect(&self, count: usize) {
        until(|| self.count() >= count);
        assert_eq!(self.count(), count);
    }
}
