//! The same program with mimalloc as the global allocator.

use freehold_bench::Allocator;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    /// Collects the calling thread's heap and those of threads that ended; `force` returns what is empty to the system.
    fn mi_collect(force: bool);
}

fn trim() {
    // SAFETY: the declaration is that of mimalloc.h, and the function may be called at any time, by any thread.
    unsafe { mi_collect(true) };
}

/// Runs the benchmarks, or takes one sample.
fn main() -> std::process::ExitCode {
    freehold_bench::main(Allocator {
        name: "mimalloc",
        trim: Some(trim),
    })
}
