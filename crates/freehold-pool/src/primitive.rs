//! The one switch between `std` and `loom`: every atomic of this crate comes from here.

#[cfg(not(loom))]
pub use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

#[cfg(loom)]
pub use loom::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};
