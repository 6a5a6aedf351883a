//! The collector's presence in a structure without lock: it reads values in place, so nobody may take one away meanwhile.
//!
//! | | |
//! | --- | --- |
//! | the collector | says that it is inside; looks for what has not been taken; leaves |
//! | whoever takes | takes, by a read-modify-write that the collector sees; then asks whether the collector is inside, and if so, waits until it has left, before the value is touched |
//!
//! All four steps are SeqCst. So either the collector sees that the value was taken, or the taker sees the collector: a lock, in
//! which takers do not exclude each other and pay one load of a word beside the one they have just changed. As with locks, whoever
//! waits makes the collector leave, within a few edges ([`Waiting`]).

use crate::primitive::{AtomicU32, Ordering, epoch, in_one_order, yield_now};
use crate::sync::Waiting;
use crate::trace::Tracer;

/// A word beside the structure, and who waits.
#[derive(Debug)]
pub(super) struct Presence {
    /// 0, or the [epoch](epoch) of the process in which a collector is inside: one from before a fork is not.
    inside: AtomicU32,
    waiting: Waiting,
}

impl Presence {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Presence {
            inside: AtomicU32::new(0),
            waiting: Waiting::new(),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        let waiting = Waiting::new();
        // loom makes the atomics of a constant when they are first used, and must not see that as a race.
        assert!(!waiting.is_wanted());
        Presence {
            inside: AtomicU32::new(0),
            waiting,
        }
    }

    /// Returns when no collector can be at what the caller has taken, with SeqCst, before.
    #[inline]
    pub(super) fn wait_until_gone(&self) {
        in_one_order();
        if self.is_inside() {
            self.wait();
        }
    }

    #[inline]
    fn is_inside(&self) -> bool {
        // SeqCst pairs with the swap of `look`, and acquires what the collector did before it left.
        match self.inside.load(Ordering::SeqCst) {
            0 => false,
            inside => inside == epoch(),
        }
    }

    #[cold]
    fn wait(&self) {
        self.waiting.during(|| {
            while self.is_inside() {
                yield_now();
            }
        });
    }

    /// Runs `show`, which looks (with SeqCst) for what has not been taken, and shows it; unless somebody is inside already.
    pub(super) fn look(&self, tracer: &mut Tracer, show: impl FnOnce(&mut Tracer)) {
        let epoch = epoch();
        // SeqCst pairs with the load of takers.
        if self.inside.swap(epoch, Ordering::SeqCst) == epoch {
            // The other one leaves the word as it is when it goes, which is early for us.
            return tracer.give_up();
        }
        in_one_order();
        // SAFETY: the presence is borrowed by the object's `trace`.
        let inside = unsafe { tracer.come_in(&self.waiting, Inside(self)) };
        let stay = Stay {
            tracer,
            _inside: inside,
        };
        show(stay.tracer);
    }
}

/// The collector is inside.
struct Inside<'a>(&'a Presence);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Release pairs with the loads of takers: what the collector read is read.
        self.0.inside.store(0, Ordering::Release);
    }
}

/// The tracer looks at what is inside.
struct Stay<'a> {
    tracer: &'a mut Tracer,
    /// Dropped after the tracer was told; unless the tracer keeps it.
    _inside: Option<Inside<'a>>,
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.tracer.exit();
    }
}
