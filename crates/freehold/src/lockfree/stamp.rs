//! How the collector sees whether something that changes without a lock has changed.
//!
//! | bits | field | changed by |
//! | --- | --- | --- |
//! | 0–23 | writers: threads that are about to change it, or just did | writers, before `+1` and after `−1` |
//! | 24–63 | version: changes ever begun, wrapping | writers, before |
//!
//! A version that is bumped only before a change, or only after it, misses a change in progress; so the writers are
//! counted beside it. The collector's looks are read-modify-writes as well: all changes and looks of one stamp are in one
//! order, as if by a lock. A look between the begin and the end of a change sees a writer, and gives the object up.

use crate::primitive::{AtomicU64, Ordering};

const WRITER: u64 = 1;
const WRITERS: u64 = (1 << 24) - 1;
const VERSION_ONE: u64 = 1 << 24;

/// A word beside what changes.
#[derive(Debug)]
pub(super) struct Stamp(AtomicU64);

impl Stamp {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Stamp(AtomicU64::new(0))
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Stamp(AtomicU64::new(0))
    }

    /// Runs `change`, which does nothing else and does not panic.
    #[inline]
    pub(super) fn during<R>(&self, change: impl FnOnce() -> R) -> R {
        // AcqRel: Acquire pairs with the Release of looks, so that an earlier look does not see this change; Release for the
        // chain of additions that a look reads.
        self.0.fetch_add(VERSION_ONE + WRITER, Ordering::AcqRel);
        let result = change();
        // Release pairs with the Acquire of looks: a later look sees the change.
        self.0.fetch_sub(WRITER, Ordering::Release);
        result
    }

    /// Runs `look`; what it saw, and the version. `None`: a change is in progress.
    pub(super) fn look<R>(&self, look: impl FnOnce() -> R) -> Option<(R, u64)> {
        // AcqRel, and additions of nothing: see the file's head.
        let before = self.0.fetch_add(0, Ordering::AcqRel);
        if before & WRITERS != 0 {
            return None;
        }
        let seen = look();
        let after = self.0.fetch_add(0, Ordering::AcqRel);
        (before == after).then_some((seen, before))
    }
}
