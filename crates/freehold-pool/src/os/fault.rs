//! Injected failures: the n-th call to the system, and perhaps all that follow, fail; and a clock that tests set.
//! Process-wide, so a test that uses it runs in a process of its own.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Calls that may still go through; negative: no limit.
static LEFT: AtomicI64 = AtomicI64::new(-1);
/// Calls so far.
static CALLS: AtomicU64 = AtomicU64::new(0);
/// How many calls fail once the limit is reached.
static FAILURES: AtomicI64 = AtomicI64::new(0);

/// Lets `calls` go through, and has the next `failures` fail.
pub(crate) fn inject(calls: i64, failures: i64) {
    FAILURES.store(failures, Ordering::Relaxed);
    LEFT.store(calls, Ordering::Relaxed);
}

/// Calls so far.
pub(crate) fn calls() -> u64 {
    CALLS.load(Ordering::Relaxed)
}

/// Whether this call may go through.
pub(super) fn is_granted() -> bool {
    CALLS.fetch_add(1, Ordering::Relaxed);
    if LEFT.load(Ordering::Relaxed) < 0 {
        return true;
    }
    if LEFT.fetch_sub(1, Ordering::Relaxed) > 0 {
        return true;
    }
    LEFT.store(0, Ordering::Relaxed);
    if FAILURES.fetch_sub(1, Ordering::Relaxed) > 0 {
        return false;
    }
    LEFT.store(-1, Ordering::Relaxed);
    true
}

/// The clock of tests: time passes when they say so, so that runs are alike.
static NOW: AtomicU64 = AtomicU64::new(1_000);

/// What the clock shows, whatever the system's does.
pub(super) fn instead_of(_: u64) -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// Lets time pass.
pub(crate) fn pass(milliseconds: u64) {
    NOW.fetch_add(milliseconds, Ordering::Relaxed);
}
