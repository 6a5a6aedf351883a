//! What the models share: a payload whose life loom watches, and the run of a model.

use freehold::model;
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

pub fn model(threads: impl Fn() + Sync + Send + 'static) {
    model_with(3, threads);
}

/// With so many preemptions, unless the environment says otherwise.
pub fn model_with(preemptions: usize, threads: impl Fn() + Sync + Send + 'static) {
    // The slots of a model are process-wide.
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound =
        Some(std::env::var("LOOM_MAX_PREEMPTIONS").map_or(preemptions, |n| n.parse().expect("a number")));
    builder.check(move || {
        model::begin();
        threads();
    });
}

/// Collects until nothing is left to collect, then checks that all is gone.
pub fn expect_empty() {
    model::collect();
    model::collect();
    assert_eq!(model::in_use(), 0, "an object was lost");
}
