//! Shared structures without locks, which the collector can look into.
//!
//! Nodes and values are objects of the shared heap, so nobody has to say when they can be reclaimed, and an address that a
//! thread still knows is never another node's (no ABA).

mod atomic;
mod stamp;

pub use atomic::{AtomicGc, CompareExchangeError};
