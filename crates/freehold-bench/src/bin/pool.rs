//! The same program with freehold's pool as the global allocator.

use freehold_bench::Allocator;

#[global_allocator]
static ALLOCATOR: freehold_pool::Pool = freehold_pool::Pool;

fn trim() {
    freehold_pool::trim();
}

/// Takes a sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main(Allocator {
        name: "freehold-pool",
        trim: Some(trim),
    })
}
