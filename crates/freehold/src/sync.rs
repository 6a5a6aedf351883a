//! Locks that the collector can look into. They are the write barrier: what a traced object holds can change only under one
//! of them, and each counts how often it was acquired for writing.

mod cell;
mod mutex;

pub(crate) use cell::Cell;
pub use mutex::{Mutex, MutexGuard};
