//! The benchmarks with snmalloc as the global allocator. Its interface has no call that gives memory back.

use freehold_bench::Allocator;

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Takes a sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main(Allocator {
        name: "snmalloc",
        trim: None,
    })
}
