//! Shared structures without locks around them, which the collector can look into.
//!
//! | | as | progress |
//! | --- | --- | --- |
//! | [`AtomicGc`] | an atomic `Option<Gc<T>>` | wait-free and lock-free |
//! | [`Stack`] | Treiber's | lock-free; a `pop` waits for the collector at this very stack |
//! | [`Queue`] | Michael and Scott's, in blocks | the same |
//! | [`Map`] | a hash map | look-ups are wait-free; changes block on a shard |
//!
//! Nobody has to say when something can be reclaimed, and an address that a thread still knows is never another node's (no ABA).
//! All are linearisable.

#[macro_use]
mod collection;

mod atomic;
mod backoff;
pub(crate) mod limbo;
mod map;
mod node;
mod presence;
mod queue;
mod serial;
mod stack;
mod stamp;

pub use atomic::{AtomicGc, CompareExchangeError};
pub use map::{IntoIter as MapIntoIter, Iter as MapIter, Map, Ref};
pub use queue::{Queue, QueueIntoIter};
pub use stack::{Stack, StackIntoIter};

/// Drops all that `next` returns; what is left when a drop panics, too.
fn exhaust<T, N: FnMut() -> Option<T>>(next: N) {
    struct Rest<T, N: FnMut() -> Option<T>>(N);

    impl<T, N: FnMut() -> Option<T>> Drop for Rest<T, N> {
        fn drop(&mut self) {
            while self.0().is_some() {}
        }
    }

    let mut rest = Rest(next);
    while rest.0().is_some() {}
}
