//! Reading through `Gc` and through `Arc`, as two functions whose assembly can be compared.
//!
//! `cargo xtask bench asm` compiles this file and puts the instructions of both into docs/benchmarks.md.

use std::sync::Arc;

use freehold::Gc;

/// Reads the number that a `Gc` points at.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_gc(handle: &Gc<u64>) -> u64 {
    **handle
}

/// Reads the number that an `Arc` points at.
#[unsafe(no_mangle)]
#[inline(never)]
pub fn read_arc(handle: &Arc<u64>) -> u64 {
    **handle
}
