//! The benchmarks with jemalloc as the global allocator.

use std::ptr::null_mut;

use freehold_bench::Allocator;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Purges all arenas: 4096 is jemalloc's number for that (`MALLCTL_ARENAS_ALL`).
fn trim() {
    let name = c"arena.4096.purge";
    // SAFETY: the name ends in a zero; this command reads no value and gives none, so that the other places may be null.
    let status = unsafe { tikv_jemalloc_sys::mallctl(name.as_ptr(), null_mut(), null_mut(), null_mut(), 0) };
    assert_eq!(status, 0, "jemalloc does not know {name:?}");
}

/// Takes a sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main(Allocator {
        name: "jemalloc",
        trim: Some(trim),
    })
}
