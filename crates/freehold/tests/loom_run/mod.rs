//! The run of a model.

use freehold::model;

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
