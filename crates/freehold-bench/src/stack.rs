//! Threads with room for peers that trace or drop recursively.
//!
//! The room is address space; only what a peer really touches becomes memory.

use std::thread;

/// Enough for a few hundred bytes a node on a chain of several million.
const STACK: usize = 4 << 30;

/// Runs the work on a thread of its own with a deep stack.
pub fn deep<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread
            .expect("a thread for the benchmark")
            .join()
            .expect("the benchmark ran to its end")
    })
}

/// Runs the work on several such threads at once; each is told its number. All are joined before this returns.
pub fn deep_each<R: Send>(threads: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let spawn = |index: usize| {
            let work = &work;
            let builder = thread::Builder::new().stack_size(STACK / 8);
            let thread = builder.spawn_scoped(scope, move || work(index));
            thread.expect("a thread for the benchmark")
        };
        let threads: Vec<_> = (0..threads).map(spawn).collect();
        // Joined one by one: the end of the scope alone does not wait for thread-local state to be handed back.
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("the benchmark ran to its end"));
        results.collect()
    })
}
