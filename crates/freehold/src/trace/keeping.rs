//! Keeping: a tracer that leaves no lock until it is told to.

use super::Tracer;
use crate::sync::Waiting;
use std::ptr::NonNull;
use std::time::Duration;

impl Tracer {
    /// A tracer that keeps the locks that it enters.
    pub(crate) fn keeping() -> Self {
        Tracer {
            keeps: true,
            ..Self::new()
        }
    }

    /// Whether locks are kept. A foreign one is then to be entered alone.
    pub(super) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Begins a stay in something that nobody changes or takes apart meanwhile; as for a cell.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter).
    #[inline]
    pub(crate) unsafe fn stay<I>(&mut self, waiting: &Waiting, inside: I) -> Option<I> {
        self.entered.push(NonNull::from(waiting));
        if self.keeps {
            // SAFETY: as the caller promised, also of what it is in, which the tracer keeps and leaves later.
            unsafe { self.guards.push(inside) };
            return None;
        }
        Some(inside)
    }

    /// From now on locks are kept, for no longer than this.
    pub(crate) fn begin_keeping(&mut self, limit: Duration) {
        self.stay.begin(limit);
    }

    /// Whether locks were kept for too long; asked after each object.
    pub(crate) fn is_late(&mut self) -> bool {
        self.stay.is_over()
    }

    /// The number of locks kept.
    pub(crate) fn kept(&self) -> usize {
        self.guards.len()
    }

    /// Leaves the locks kept last, until `kept` are left. The objects that they are in are not destroyed before.
    pub(crate) fn let_go(&mut self, kept: usize) {
        self.guards.truncate(kept);
    }
}
