//! The benchmarks on the system's allocator. This program is the one that is called; it starts the other one.

/// Runs the benchmarks, or takes one sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main()
}
