//! The raw locks of models: one word each, and whoever waits yields.

use super::{ConstU32, Ordering, yield_now};
use lock_api::{GuardNoSend, RawMutex as _, RawRwLock as _, RawRwLockUpgrade};

/// A lock for one at a time: 1 while it is held.
#[derive(Debug)]
pub struct RawMutex(ConstU32);

// SAFETY: one thread at a time changes the word from 0 to 1.
unsafe impl lock_api::RawMutex for RawMutex {
    #[allow(clippy::declare_interior_mutable_const)] // As lock_api has it.
    const INIT: Self = RawMutex(ConstU32::new(0));

    type GuardMarker = GuardNoSend;

    fn lock(&self) {
        while !self.try_lock() {
            yield_now();
        }
    }

    fn try_lock(&self) -> bool {
        self.0
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    unsafe fn unlock(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// A lock for one writer or many readers, one of whom may be about to write.
#[derive(Debug)]
pub struct RawRwLock(ConstU32);

const WRITER: u32 = 1;
const UPGRADABLE: u32 = 2;
const READER: u32 = 4;

impl RawRwLock {
    /// Changes the state to what `next` makes of it, if it makes anything. Begins with a guess, not with a load, which might
    /// find an old state.
    fn enter(&self, next: impl Fn(u32) -> Option<u32>) -> bool {
        let mut guess = [0, UPGRADABLE].into_iter().find(|&state| next(state).is_some());
        while let Some(state) = guess {
            let Some(entered) = next(state) else { return false };
            let result = self
                .0
                .compare_exchange(state, entered, Ordering::Acquire, Ordering::Relaxed);
            guess = result.err();
            if guess.is_none() {
                return true;
            }
        }
        false
    }

    fn leave(&self, part: u32) {
        self.0.fetch_sub(part, Ordering::Release);
    }
}

fn wait_until(entered: impl Fn() -> bool) {
    while !entered() {
        yield_now();
    }
}

// SAFETY: a writer enters only where the word is 0, and leaves it other than 0; a reader only where no writer is.
unsafe impl lock_api::RawRwLock for RawRwLock {
    #[allow(clippy::declare_interior_mutable_const)] // As lock_api has it.
    const INIT: Self = RawRwLock(ConstU32::new(0));

    type GuardMarker = GuardNoSend;

    fn lock_shared(&self) {
        wait_until(|| self.try_lock_shared());
    }

    fn try_lock_shared(&self) -> bool {
        self.enter(|state| (state & WRITER == 0).then_some(state + READER))
    }

    unsafe fn unlock_shared(&self) {
        self.leave(READER);
    }

    fn lock_exclusive(&self) {
        wait_until(|| self.try_lock_exclusive());
    }

    fn try_lock_exclusive(&self) -> bool {
        self.enter(|state| (state == 0).then_some(WRITER))
    }

    unsafe fn unlock_exclusive(&self) {
        self.leave(WRITER);
    }
}

// SAFETY: as above; one at a time is upgradable, and it becomes the writer where nobody else reads.
unsafe impl RawRwLockUpgrade for RawRwLock {
    fn lock_upgradable(&self) {
        wait_until(|| self.try_lock_upgradable());
    }

    fn try_lock_upgradable(&self) -> bool {
        self.enter(|state| (state & (WRITER | UPGRADABLE) == 0).then_some(state + UPGRADABLE))
    }

    unsafe fn unlock_upgradable(&self) {
        self.leave(UPGRADABLE);
    }

    unsafe fn upgrade(&self) {
        // SAFETY: as the caller promised.
        wait_until(|| unsafe { self.try_upgrade() });
    }

    unsafe fn try_upgrade(&self) -> bool {
        self.enter(|state| (state == UPGRADABLE).then_some(WRITER))
    }
}
