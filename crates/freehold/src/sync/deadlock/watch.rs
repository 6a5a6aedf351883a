//! The part of a lock that tells the detector: a number, given when the lock is first used, and its kind.
//!
//! | bits | |
//! | --- | --- |
//! | 0–1 | the [`Kind`] |
//! | 2–63 | the lock's number, 0 before it is used |
//!
//! The number moves with the lock, and no other lock ever has it, so nothing that is known of a lock is taken for another's that
//! comes to lie at the same address. A lock calls, in this order: [`attempt`](Watch::attempt) when it is to be taken,
//! [`wait`](Watch::wait) if it is not free, [`took`](Watch::took) once it is, and [`released`](Watch::released) just before
//! it is released. `crates/freehold/src/sync/unwatched.rs` has the same names, and nothing behind them.

use super::acquisition::{Acquisition, Lock};
use super::detector::DETECTOR;
use super::order::is_order;
use super::thread::{here, is_nested};
use super::wait::InWait;
use crate::primitive;
use crate::sync::mode::{Kind, Mode};
use crate::sync::{RawMutex, RawRwLock};
use lock_api::{
    RawMutex as _, RawRwLock as _, RawRwLockRecursive as _, RawRwLockTimed as _, RawRwLockUpgrade as _,
    RawRwLockUpgradeTimed as _,
};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a reader waits before it looks again whether a writer keeps it out for ever. Each time it looks it goes to the end
/// of the lock's queue, so the next wait is twice as long, until it is long enough for all who are before it.
const PATIENCE: Duration = Duration::from_millis(20);

/// What a lock has of the detector.
pub(in crate::sync) struct Watch(AtomicU64);

/// A call that wants a lock.
#[derive(Clone, Copy)]
pub(in crate::sync) struct Attempt {
    mode: Mode,
    site: &'static Location<'static>,
}

impl Attempt {
    /// A call that does not wait for longer than it says.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn limited(mode: Mode) -> Self {
        let site = Location::caller();
        Attempt { mode, site }
    }
}

impl Watch {
    pub(in crate::sync) const fn new(kind: Kind) -> Self {
        Watch(AtomicU64::new(kind as u64))
    }

    /// A call that waits for as long as it takes. Records the order in which it takes the lock.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn attempt(&self, mode: Mode) -> Attempt {
        let attempt = Attempt::limited(mode);
        if is_nested() {
            self.record_orders(attempt, None);
        }
        attempt
    }

    /// Runs `wait`, which waits for the lock for as long as it takes.
    pub(in crate::sync) fn wait<R>(&self, attempt: Attempt, wait: impl FnOnce() -> R) -> R {
        let _in_wait = InWait::begin(self.acquisition(attempt), false, None);
        wait()
    }

    /// Runs `wait`, which waits to write for a limited time.
    pub(in crate::sync) fn wait_limited<R>(&self, attempt: Attempt, wait: impl FnOnce() -> R) -> R {
        let _in_wait = InWait::begin(self.acquisition(attempt), true, None);
        wait()
    }

    /// Waits to read.
    pub(in crate::sync) fn lock_shared(&self, lock: &primitive::RawRwLock, attempt: Attempt) {
        let within = |patience| lock.try_lock_shared_for(patience);
        if !lock.try_lock_shared() {
            self.wait_behind_writers(lock, attempt, within, || lock.lock_shared());
        }
    }

    /// Waits to read, upgradable.
    pub(in crate::sync) fn lock_upgradable(&self, lock: &primitive::RawRwLock, attempt: Attempt) {
        let within = |patience| lock.try_lock_upgradable_for(patience);
        if !lock.try_lock_upgradable() {
            self.wait_behind_writers(lock, attempt, within, || lock.lock_upgradable());
        }
    }

    /// Waits to read recursively.
    pub(in crate::sync) fn lock_shared_recursive(&self, lock: &primitive::RawRwLock, attempt: Attempt) {
        if !lock.try_lock_shared_recursive() {
            self.wait(attempt, || lock.lock_shared_recursive());
        }
    }

    #[cold]
    fn wait_behind_writers(
        &self,
        lock: &primitive::RawRwLock,
        attempt: Attempt,
        within: impl Fn(Duration) -> bool,
        forever: impl FnOnce(),
    ) {
        let Some(in_wait) = InWait::begin(self.acquisition(attempt), false, Some(lock)) else {
            return forever();
        };
        let mut patience = PATIENCE;
        while !within(patience) {
            in_wait.look_again();
            patience = patience.saturating_mul(2);
        }
    }

    /// The lock is taken.
    #[inline]
    pub(in crate::sync) fn took(&self, attempt: Attempt) {
        here(|local| local.take(self.acquisition(attempt).taken()));
    }

    /// Passes on whether the lock is taken.
    #[inline]
    pub(in crate::sync) fn took_if(&self, attempt: Attempt, acquired: bool) -> bool {
        if acquired {
            self.took(attempt);
        }
        acquired
    }

    /// The lock is about to be released.
    #[inline]
    pub(in crate::sync) fn released(&self, mode: Mode) {
        let number = self.lock().number;
        let found = here(|local| local.release(number, mode));
        if found == Some(false) {
            release_from_others(number, mode);
        }
    }

    /// The lock is held in another way.
    pub(in crate::sync) fn changed(&self, from: Mode, attempt: Attempt) {
        let (number, to) = (self.lock().number, self.acquisition(attempt).taken());
        here(|local| local.change_mode(number, from, to));
    }

    /// Notes that what is called next lets the lock go, and takes it again before it returns; until the result is dropped.
    #[track_caller]
    pub(in crate::sync) fn suspended(&self, mode: Mode) -> Suspended<'_> {
        let attempt = Attempt::limited(mode);
        // While the lock is known to be held, which it is: callbacks may run.
        if is_nested() {
            self.record_orders(attempt, Some(mode));
        }
        self.released(mode);
        let in_wait = InWait::begin(self.acquisition(attempt), false, None);
        Suspended {
            watch: self,
            attempt,
            in_wait,
        }
    }

    /// Records the orders with what is held, but for one hold of this lock, if it is let go before.
    #[cold]
    fn record_orders(&self, attempt: Attempt, let_go: Option<Mode>) {
        let wanted = self.acquisition(attempt);
        let found = here(|local| {
            let mut fresh = Vec::new();
            local.record.look(|state| {
                let let_go = let_go.and_then(|mode| state.position(wanted.lock.number, mode));
                let held = state.held.iter().enumerate().filter(|(at, _)| Some(*at) != let_go);
                let orders = held.map(|(_, held)| held).filter(|held| is_order(held, &wanted));
                fresh.extend(
                    orders
                        .filter(|held| !local.remembers(held, wanted.lock, wanted.mode))
                        .copied(),
                );
            });
            if fresh.is_empty() {
                return Vec::new();
            }
            let mut detector = DETECTOR.lock();
            let found = fresh
                .into_iter()
                .filter_map(|held| detector.record_order(&local.record, held, wanted));
            found.collect()
        });
        for finding in found.into_iter().flatten() {
            finding.tell();
        }
    }

    /// The lock; it has a number from now on.
    fn lock(&self) -> Lock {
        // Relaxed: the number says nothing of anything else.
        let mut word = self.0.load(Ordering::Relaxed);
        if word >> 2 == 0 {
            word = self.give_number(word);
        }
        Lock {
            kind: Kind::from_number(word),
            number: word >> 2,
            address: std::ptr::from_ref(self).addr(),
        }
    }

    #[cold]
    fn give_number(&self, word: u64) -> u64 {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let numbered = word | number << 2;
        match self
            .0
            .compare_exchange(word, numbered, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => numbered,
            Err(other) => other,
        }
    }

    fn acquisition(&self, Attempt { mode, site }: Attempt) -> Acquisition {
        Acquisition::new(self.lock(), mode, site)
    }

    /// Forgets who holds the lock, which is about to be dropped with a guard that was forgotten.
    #[cold]
    fn forget_holders(&self) {
        let number = self.lock().number;
        here(|_| {
            let mut detector = DETECTOR.lock();
            detector.threads.iter().for_each(|record| record.forget(number));
            detector.remove_spent();
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let number = *self.0.get_mut() >> 2;
        if number != 0 {
            here(|_| DETECTOR.lock().forget(number));
        }
    }
}

impl Drop for RawMutex {
    fn drop(&mut self) {
        if self.is_locked() {
            self.watch.forget_holders();
        }
    }
}

impl Drop for RawRwLock {
    fn drop(&mut self) {
        if self.is_locked() {
            self.watch.forget_holders();
        }
    }
}

/// Finds the thread that holds a lock which another releases.
#[cold]
fn release_from_others(number: u64, mode: Mode) {
    here(|_| {
        let mut detector = DETECTOR.lock();
        let mut threads = detector.threads.iter();
        threads.find(|record| record.release(number, mode).is_some());
        detector.remove_spent();
    });
}

/// A lock that its holder lets go and takes again; dropped when it has it.
pub(in crate::sync) struct Suspended<'a> {
    watch: &'a Watch,
    attempt: Attempt,
    in_wait: Option<InWait>,
}

impl Drop for Suspended<'_> {
    fn drop(&mut self) {
        self.in_wait = None;
        self.watch.took(self.attempt);
    }
}
