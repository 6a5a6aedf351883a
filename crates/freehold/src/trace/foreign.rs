//! *Foreign* locks: those of `std` and `parking_lot`, which have no version and do not say who waits.
//!
//! **Problem.** Nothing shows whether a handle was taken out of such a lock, and another put in, between two looks.
//!
//! **Mechanism.** The first look enters the lock by trying, and leaves it again: a guess. Of objects that look like garbage, and that
//! showed handles from inside such locks, the collector then takes all locks, keeps them, and sees that they hold what was
//! seen before (`collect/hold.rs`). A foreign lock is then entered for writing, so whatever is inside changes for nobody else: cells
//! inside need no version, and none is recorded.
//!
//! **Cost.** A `try_lock` and an unlock at each look, and nothing for contents that cannot hold a handle. A mutator that comes
//! upon the collector waits until the lock's content has been seen; at most [`LONGEST`](super::LONGEST), if the collector's
//! thread runs.

use super::{Depth, Top, Trace, Tracer};
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError, RwLock, TryLockError, TryLockResult};

/// Shows what is in a lock, if it can be had. `look` enters it beside readers, `hold` alone.
fn show<T, L, H>(tracer: &mut Tracer, look: impl FnOnce() -> Option<L>, hold: impl FnOnce() -> Option<H>)
where
    T: Trace,
    L: Deref<Target = T>,
    H: Deref<Target = T>,
{
    if !T::may_hold_gc::<Top>() || !tracer.looks_into_foreign() {
        return;
    }
    match tracer.keeps() {
        true => show_in(tracer, hold()),
        false => show_in(tracer, look()),
    }
}

fn show_in<T: Trace, G: Deref<Target = T>>(tracer: &mut Tracer, guard: Option<G>) {
    let Some(guard) = guard else {
        return tracer.give_up();
    };
    let content: *const T = &*guard;
    // SAFETY: the lock is part of the object, which is not destroyed while the tracer is inside; nor is what contains the lock
    // changed or dropped before, as the tracer leaves the locks around it later.
    let entered = unsafe { tracer.enter_foreign(guard) };
    // A guard of std that a panic drops says that the content was left half changed; so the panic goes on without it.
    let shown = panic::catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the guard, which is the tracer's now, gives access to it.
        unsafe { &*content }.trace(tracer);
    }));
    tracer.exit_foreign(entered);
    if let Err(panic) = shown {
        panic::resume_unwind(panic);
    }
}

impl Tracer {
    /// Whether there is a point in entering a foreign lock: its content counts by its handles alone.
    fn looks_into_foreign(&self) -> bool {
        !(self.stamps_only || self.opaque)
    }

    /// Enters a foreign lock by its guard. Returns what to leave it with.
    ///
    /// # Safety
    /// The lock stays until the tracer has left it; see [`let_go`](Self::let_go).
    unsafe fn enter_foreign<G>(&mut self, guard: G) -> usize {
        // SAFETY: as the caller promised.
        unsafe { self.guards.push(guard) };
        self.within += 1;
        self.edges.len()
    }

    /// The content of the innermost foreign lock was shown.
    fn exit_foreign(&mut self, entered: usize) {
        self.within -= 1;
        if self.edges.len() > entered {
            self.manner.make_foreign();
        }
        if !self.keeps {
            self.guards.truncate(self.guards.len() - 1);
            if self.guards.is_empty() {
                self.stay.end();
            }
        }
    }
}

/// The guard; a lock that is poisoned holds its handles as any other.
fn had<G>(result: TryLockResult<G>) -> Option<G> {
    match result {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// A foreign lock: how it is entered beside readers, and how alone.
macro_rules! foreign {
    ($lock:ty, $self:ident => $look:expr, $hold:expr) => {
        // SAFETY: what the lock holds is shown once, and changes for nobody while the tracer is inside alone.
        unsafe impl<T: Trace> Trace for $lock {
            #[inline]
            fn trace(&$self, tracer: &mut Tracer) {
                show(tracer, || $look, || $hold);
            }

            #[inline]
            fn may_hold_gc<D: Depth>() -> bool {
                T::may_hold_gc::<D>()
            }
        }
    };
}

foreign!(Mutex<T>, self => had(self.try_lock()), had(self.try_lock()));
foreign!(RwLock<T>, self => had(self.try_read()), had(self.try_write()));

/// parking_lot's locks; in models, theirs.
#[cfg(any(feature = "parking_lot", loom))]
mod raw_locks {
    use super::*;
    use crate::primitive::{RawMutex, RawRwLock};

    foreign!(lock_api::Mutex<RawMutex, T>, self => self.try_lock(), self.try_lock());
    foreign!(lock_api::RwLock<RawRwLock, T>, self => self.try_read(), self.try_write());
}
