//! Barriers of unequal weight: one side of a protocol runs often and pays nothing, the other rarely and pays for both.
//!
//! **Problem.** A thread says "I am reading" and reads; another takes something away and asks "is anybody reading?". Either the reader
//! sees that it is gone, or the other sees the reader, if each has a full barrier between its two steps; and that costs
//! a reader more than the rest of its work.
//!
//! **Mechanism.** [`light`] keeps the compiler from reordering; [`heavy`] has the system run a full barrier on every processor
//! that runs a thread of this process (Linux's `membarrier(2)`, 4.14 and later), so whatever a reader was doing, one of the
//! two sees the other. Where there is no such call, both are full barriers.
//!
//! **Cost.** Light: nothing. Heavy: under a microsecond when no other thread runs, 20 when one does (in a virtual machine).
//!
//! **Source.** Mathieu Desnoyers and others, *User-Level Implementations of Read-Copy Update* (IEEE TPDS 2012), section IV;
//! Folly's `AsymmetricThreadFence`.

use crate::os;
use std::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

const UNKNOWN: u8 = 0;
const UNEQUAL: u8 = 1;
const EQUAL: u8 = 2;

/// What the barriers are in this process; it does not change again. Relaxed: whoever does not know finds out.
static SORT: AtomicU8 = AtomicU8::new(UNKNOWN);

#[inline]
fn sort() -> u8 {
    match SORT.load(Ordering::Relaxed) {
        UNKNOWN => find_out(),
        sort => sort,
    }
}

#[cold]
fn find_out() -> u8 {
    let sort = if os::has_barrier() { UNEQUAL } else { EQUAL };
    // The first answer holds: a thread that takes the light barrier for enough must not meet one that does without the heavy.
    match SORT.compare_exchange(UNKNOWN, sort, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => sort,
        Err(first) => first,
    }
}

/// The barrier of the side that runs often.
#[inline]
pub fn light() {
    if sort() == UNEQUAL {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// The barrier of the side that runs rarely. `false`: the system refused, and nothing is ordered.
#[must_use]
pub fn heavy() -> bool {
    if sort() == EQUAL {
        fence(Ordering::SeqCst);
        return true;
    }
    // A child of a fork may have to ask again.
    os::barrier() || (os::has_barrier() && os::barrier())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    #[test]
    fn one_of_two_sees_the_other() {
        let (reading, gone) = (AtomicBool::new(false), AtomicBool::new(false));
        let start = Barrier::new(2);
        for _ in 0..2_000 {
            let (saw_gone, saw_reading) = thread::scope(|scope| {
                let reader = scope.spawn(|| {
                    start.wait();
                    reading.store(true, Ordering::Relaxed);
                    light();
                    gone.load(Ordering::Relaxed)
                });
                start.wait();
                gone.store(true, Ordering::Relaxed);
                assert!(heavy());
                let saw_reading = reading.load(Ordering::Relaxed);
                (reader.join().unwrap(), saw_reading)
            });
            assert!(saw_gone || saw_reading);
            reading.store(false, Ordering::Relaxed);
            gone.store(false, Ordering::Relaxed);
        }
    }
}
