//! Taking a lock and letting it go, of freehold's and of parking_lot's, as functions whose assembly can be compared.
//!
//! `cargo xtask bench asm` compiles them, counts the instructions, and fails if freehold's have grown; `target/bench/locks.s`
//! is what it reads. On the way without contention freehold's have one addition to memory more, of the cell's version, which
//! the processor makes of a load and a store; readers have none.

use freehold::sync;

/// Adds to what freehold's mutex guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn add_mutex_freehold(lock: &sync::Mutex<u64>) {
    *lock.lock() += 7;
}

/// Adds to what parking_lot's mutex guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn add_mutex_parking_lot(lock: &parking_lot::Mutex<u64>) {
    *lock.lock() += 7;
}

/// Adds to what freehold's readers-writer lock guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn add_rwlock_freehold(lock: &sync::RwLock<u64>) {
    *lock.write() += 7;
}

/// Adds to what parking_lot's readers-writer lock guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn add_rwlock_parking_lot(lock: &parking_lot::RwLock<u64>) {
    *lock.write() += 7;
}

/// Reads what freehold's readers-writer lock guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_rwlock_freehold(lock: &sync::RwLock<u64>) -> u64 {
    *lock.read()
}

/// Reads what parking_lot's readers-writer lock guards.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_rwlock_parking_lot(lock: &parking_lot::RwLock<u64>) -> u64 {
    *lock.read()
}

/// Reads what freehold's cell was set to.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_once_freehold(once: &sync::OnceLock<u64>) -> Option<&u64> {
    once.get()
}

/// Reads what std's cell was set to.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_once_std(once: &std::sync::OnceLock<u64>) -> Option<&u64> {
    once.get()
}
