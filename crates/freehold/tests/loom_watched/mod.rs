//! A payload whose life loom watches.

use loom::cell::UnsafeCell;

/// A payload whose life loom watches: reads of `life` race with the write in its drop.
pub struct Watched {
    life: UnsafeCell<bool>,
}

impl Watched {
    pub fn new() -> Self {
        Watched {
            life: UnsafeCell::new(true),
        }
    }

    pub fn check(&self) {
        // SAFETY: loom reports a race with the drop.
        self.life
            .with(|alive| assert!(unsafe { *alive }, "used after its drop"));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.life.with_mut(|alive| {
            // SAFETY: loom reports a race with a reader.
            let alive = unsafe { &mut *alive };
            assert!(*alive, "dropped twice");
            *alive = false;
        });
    }
}

// SAFETY: loom watches the accesses.
unsafe impl Sync for Watched {}
