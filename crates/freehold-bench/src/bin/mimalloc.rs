//! The same program with mimalloc as the global allocator, for samples of peers on that allocator.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the benchmarks, or takes one sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main()
}
