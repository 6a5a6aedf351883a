//! The benchmarks on the system's allocator. This program is the one that is called; it starts the others.

use freehold_bench::Allocator;

/// glibc gives back the ends of its heaps by itself, and all the rest when asked.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    // SAFETY: `malloc_trim` may be called at any time, by any thread.
    unsafe { libc::malloc_trim(0) };
}

/// Other systems' allocators are not asked.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

/// Runs the benchmarks, or takes one sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main(Allocator {
        name: "glibc",
        trim: Some(trim),
    })
}
