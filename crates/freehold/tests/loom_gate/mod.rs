//! What models of structures without locks share: a word that makes loom try both orders, and a value that shows who has synchronised.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

/// A word that threads add to in passing, which orders nothing: loom tries both orders of two threads that pass.
#[derive(Clone)]
pub struct Gate(Arc<AtomicUsize>);

impl Gate {
    pub fn new() -> Self {
        Gate(Arc::new(AtomicUsize::new(0)))
    }

    pub fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A value that is written by the thread that makes it: whoever reads it without having synchronised races with that.
pub struct Written(UnsafeCell<u32>);

// SAFETY: loom watches the accesses.
unsafe impl Sync for Written {}

impl Written {
    pub fn new() -> Self {
        let written = Written(UnsafeCell::new(0));
        // SAFETY: loom reports a race with a reader.
        written.0.with_mut(|value| unsafe { *value = 1 });
        written
    }

    pub fn check(&self) {
        // SAFETY: loom reports a race with the writer.
        self.0.with(|value| assert_eq!(unsafe { *value }, 1));
    }
}
