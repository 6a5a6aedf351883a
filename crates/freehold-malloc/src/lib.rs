//! The pool as the process's `malloc`: a shared library to preload into programs that nobody here wrote.
//!
//! ```sh
//! LD_PRELOAD=target/release/libfreehold_malloc.so program
//! ```
//!
//! **Mechanism.** The C names are defined here and nowhere else; a library that is loaded first wins over the C library's. Each
//! function checks its arguments, turns them into a layout, and passes on to [`freehold_pool::raw`]. The return values, `errno`
//! and the odd corners (`malloc(0)`, `realloc(p, 0)`) are those of glibc.
//!
//! **Before, within and after.** The dynamic linker calls `malloc` before any constructor has run, when the C library registers a
//! thread's destructors it calls `calloc`, and destructors of thread-locals and functions given to `atexit` call it after the
//! pool's own thread-locals are gone. So nothing here needs to be set up; a thread's heap is one word of initial-exec
//! thread-local storage, which is there as long as the thread is; and the pool calls nothing that allocates while it holds a
//! lock. Around a fork it holds its locks, and before them the C library's list of streams (`fork.rs`).
//!
//! **Cost.** One comparison above the pool's own.
//!
//! Nothing unwinds into C: the functions are `extern "C"`, out of which a panic ends the process.
//!
//! Elsewhere than on Linux the library is empty: there a `malloc` is replaced in other ways.

#![cfg(target_os = "linux")]

mod aligned;
mod block;
mod errno;
#[cfg(target_env = "gnu")]
mod fork;
mod inspect;
mod release;
