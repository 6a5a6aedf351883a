//! The object header, 16 bytes. This file owns its bits.
//!
//! `word`, 64 bits:
//!
//! | bits | field | changed by |
//! | --- | --- | --- |
//! | 0–29 | strong count | clone `+1`, drop `−1` |
//! | 30 | *tracing*: the collector is inside the object | collector |
//! | 31 | *condemned*: suspected to be garbage, verdict not final | collector |
//! | 32–63 | clone version: increments ever made in this slot, wrapping | clone `+1`, creation `+1`; never reset while a walk lasts |
//!
//! | count | tracing | condemned | meaning |
//! | --- | --- | --- | --- |
//! | 0 | 0 | 0 | a free slot, an object not yet published, or one being destroyed by whoever made the count 0 |
//! | > 0 | 0 | 0 | alive |
//! | > 0 | 1 | 0 | alive; the collector reads the payload |
//! | 0 | 1 | 0 | dead, an orphan: the collector leaves it, and destroys it later |
//! | any | 0 | 1 | the collector decides; it revives the object, or destroys it |
//!
//! A clone is one `fetch_add` and a drop one `fetch_sub` on this word. Equal words at two times mean: same object, same
//! count, and no clone in between; hence no drop either.
//!
//! The other word is `meta`: [`meta`].

mod meta;

use crate::primitive::{AtomicPtr, AtomicU64, Ordering, acquire};

const COUNT: u64 = (1 << 30) - 1;
const TRACING: u64 = 1 << 30;
const CONDEMNED: u64 = 1 << 31;
const VERSION_ONE: u64 = 1 << 32;
/// Beyond this count the process aborts, as with `Arc`: half of the field is left for threads that are past the check.
const COUNT_LIMIT: u64 = 1 << 29;

/// What stands in the 16 bytes before every payload.
#[repr(C)]
pub(crate) struct Header {
    word: AtomicU64,
    meta: AtomicPtr<()>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Header>() == 16, "the price of an object is 16 bytes");
#[cfg(not(loom))]
const _: () = assert!(
    size_of::<Header>() == size_of::<freehold_pool::Slot>(),
    "a header is a slot's fixed part"
);

/// The bytes from a header to its payload.
pub(crate) const PAYLOAD: usize = size_of::<Header>();

/// A word as the collector recorded it: count > 0, no state bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Recorded(u64);

impl Recorded {
    /// The place of an object that is not a candidate.
    pub(crate) const NONE: Recorded = Recorded(0);

    /// A record with this count.
    #[cfg(test)]
    pub(crate) fn for_test(count: u32) -> Self {
        Recorded(u64::from(count))
    }

    pub(crate) fn is_candidate(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn count(self) -> u32 {
        (self.0 & COUNT) as u32
    }
}

/// The outcome of trying to turn a weak handle into a strong one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Upgrade {
    Done,
    Dead,
    /// The collector suspects the object; its verdict decides.
    Condemned,
}

impl Header {
    #[cfg(loom)]
    pub(crate) fn vacant() -> Self {
        Header {
            word: AtomicU64::new(0),
            meta: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Makes an object whose count is 0 alive with one handle: a new one, or one that is to be finalised. The caller owns the
    /// slot.
    #[inline]
    pub(crate) fn count_one(&self) {
        // Relaxed: nobody writes the word of a free slot, or of an object without handles, but its owner.
        let version = self.word.load(Ordering::Relaxed) & !(VERSION_ONE - 1);
        // Release pairs with the Acquire in `claim`: a collector that sees the count sees payload and `meta`.
        self.word
            .store(version.wrapping_add(VERSION_ONE) + 1, Ordering::Release);
    }

    /// One more handle.
    #[inline]
    pub(crate) fn increment(&self) {
        // Relaxed: the handle cloned from keeps the object alive, as with `Arc`; what makes the collector see the
        // increment in time is argued in docs/collector.md ("Orderings").
        let old = self.word.fetch_add(VERSION_ONE + 1, Ordering::Relaxed);
        abort_beyond_limit(old);
    }

    /// One handle less. `true`: it was the last, and the caller destroys the object.
    #[inline]
    #[must_use]
    pub(crate) fn decrement(&self) -> bool {
        // Release pairs with the Acquire fence below, and with the Acquire of the collector's `leave` and `revive`:
        // all uses of the object precede its destruction.
        let old = self.word.fetch_sub(1, Ordering::Release);
        // With a state bit set this comparison fails: the collector destroys it.
        if old as u32 != 1 {
            return false;
        }
        acquire(|order| self.word.load(order));
        true
    }

    /// One handle less, if there are others. `false`: it was the only one, and is kept.
    pub(crate) fn decrement_unless_last(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & COUNT > 1 {
            // Release as in `decrement`.
            match self
                .word
                .compare_exchange_weak(word, word - 1, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Takes the only handle's object out of counting, for `try_unwrap`. `Some(true)`: done; `Some(false)`: there are
    /// other handles; `None`: the collector is looking, ask again.
    pub(crate) fn try_take(&self) -> Option<bool> {
        let word = self.word.load(Ordering::Relaxed);
        if word & COUNT != 1 {
            return Some(false);
        }
        if word & (TRACING | CONDEMNED) != 0 {
            return None;
        }
        // Acquire pairs with the Release of other handles' drops and of the collector's `leave`.
        self.word
            .compare_exchange(word, word - 1, Ordering::Acquire, Ordering::Relaxed)
            .ok()
            .map(|_| true)
    }

    /// One more handle, if the object is alive and not condemned. The caller holds the control block's lock, which keeps
    /// the slot from being used again.
    pub(crate) fn upgrade(&self) -> Upgrade {
        match self.increment_unless(CONDEMNED) {
            Ok(()) => Upgrade::Done,
            Err(word) if word & CONDEMNED != 0 => Upgrade::Condemned,
            Err(_) => Upgrade::Dead,
        }
    }

    /// One more handle to an object that may be condemned, by a thread that holds the lock of the open verdict and tells
    /// the collector of the rescue before it lets the lock go. `false`: the last handle is gone.
    pub(crate) fn rescue(&self) -> bool {
        self.increment_unless(0).is_ok()
    }

    /// One more handle to an object that the caller has claimed. `false`: the last handle is gone.
    pub(crate) fn try_increment(&self) -> bool {
        self.increment_unless(0).is_ok()
    }

    /// One more handle, unless one of these state bits is set or there is no handle left; then the word.
    fn increment_unless(&self, bits: u64) -> Result<(), u64> {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & bits == 0 && word & COUNT != 0 {
            abort_beyond_limit(word);
            let more = word.wrapping_add(VERSION_ONE + 1);
            // Acquire pairs with the Release of `publish` and of drops, as in `Weak::upgrade` of std.
            match self
                .word
                .compare_exchange_weak(word, more, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
        Err(word)
    }

    /// The strong count.
    pub(crate) fn count(&self) -> usize {
        (self.word.load(Ordering::Relaxed) & COUNT) as usize
    }

    // What the collector does.

    /// Enters a live object: sets *tracing*, so that nobody destroys it until [`leave`](Self::leave). `None`: no object
    /// here, or one that an earlier collection has condemned.
    pub(crate) fn claim(&self) -> Option<Recorded> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & COUNT == 0 || word & (TRACING | CONDEMNED) != 0 {
                return None;
            }
            // Acquire pairs with the Release of `publish`.
            match self
                .word
                .compare_exchange_weak(word, word | TRACING, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Some(Recorded(word)),
                Err(now) => word = now,
            }
        }
    }

    /// Leaves a claimed object. `true`: the last handle went meanwhile, and the caller destroys the object.
    #[must_use]
    pub(crate) fn leave(&self) -> bool {
        // AcqRel: Release lets a later last drop see that the collector's reads are over; Acquire pairs with the Release
        // of the drops that left the destruction to us. A subtraction, since the bit is set, and one instruction.
        self.word.fetch_sub(TRACING, Ordering::AcqRel) & COUNT == 0
    }

    /// Whether the word is as recorded.
    pub(crate) fn is_still(&self, Recorded(word): Recorded) -> bool {
        // Relaxed: a change that is not visible yet is seen by `condemn`, which reads the latest value.
        self.word.load(Ordering::Relaxed) == word
    }

    /// Condemns the object if its word is as recorded. From then on its destruction is the collector's.
    #[must_use]
    pub(crate) fn condemn(&self, recorded: Recorded) -> bool {
        let Recorded(word) = recorded;
        // Relaxed: the word is the one that `claim` read with Acquire, so whatever happened to the object before is
        // ordered already. The comparison is the first half of the proof.
        self.word
            .compare_exchange(word, word | CONDEMNED, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes the condemnation back. `true`: the last handle went meanwhile, and the caller destroys the object.
    #[must_use]
    pub(crate) fn revive(&self) -> bool {
        // AcqRel, and a subtraction: as in `leave`.
        self.word.fetch_sub(CONDEMNED, Ordering::AcqRel) & COUNT == 0
    }

    /// Makes the slot of a condemned, destroyed object vacant: count 0, no state bits, the version kept.
    pub(crate) fn vacate(&self) {
        // Relaxed: nobody has a handle, and the pool's free publishes the slot.
        let version = self.word.load(Ordering::Relaxed) & !(VERSION_ONE - 1);
        self.word.store(version, Ordering::Relaxed);
    }
}

/// Ends the process if the count comes near its field's end, which takes half a billion leaked handles: going on would
/// let the count run over into the state bits, and free an object that is in use.
#[inline]
fn abort_beyond_limit(word: u64) {
    if word & COUNT_LIMIT != 0 {
        std::process::abort();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    fn header(word: u64) -> Header {
        Header {
            word: AtomicU64::new(word),
            meta: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    #[test]
    fn clone_and_drop_leave_another_word() {
        let header = header(VERSION_ONE + 1);
        let recorded = header.claim().unwrap();
        assert!(!header.leave());
        header.increment();
        assert!(!header.decrement());
        assert_eq!(header.count(), 1);
        assert!(
            !header.condemn(recorded),
            "the version tells of the clone, though the count is the same"
        );
    }

    #[test]
    fn the_version_wraps_without_touching_the_count() {
        let header = header(u64::MAX << 32 | 1);
        header.increment();
        assert_eq!(header.word.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_last_drop_is_left_to_a_collector_inside() {
        let header = header(1);
        header.claim().unwrap();
        assert!(!header.decrement());
        assert!(header.leave());
    }

    #[test]
    fn a_condemned_object_is_not_claimed_again() {
        let header = header(1);
        let recorded = header.claim().unwrap();
        assert!(!header.leave());
        assert!(header.condemn(recorded));
        assert!(header.claim().is_none());
        assert_eq!(header.upgrade(), Upgrade::Condemned);
        assert!(!header.decrement(), "destruction is the collector's");
        assert!(header.revive());
    }
}
