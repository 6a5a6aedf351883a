//! fork(2) and the C library's streams.
//!
//! Who reads or writes a stream holds its lock and may allocate under it; who flushes all streams holds the lock of their list
//! and waits for each. glibc takes that list's lock in a fork after it has called everybody's handlers, in which the pool takes
//! its own: a thread that forks would wait, with the pool's locks, for one that waits for a stream whose holder waits for the pool.
//! glibc's own `malloc` is locked last for this reason; here the list is locked first. Its lock can be taken again by the thread
//! that has it.
//!
//! Source: glibc, `posix/fork.c` and `libio/genops.c`.

use freehold_pool::fork::{at_fork, register};

unsafe extern "C" {
    safe fn _IO_list_lock();
    safe fn _IO_list_unlock();
    safe fn _IO_list_resetlock();
}

extern "C" fn prepare() {
    _IO_list_lock();
}

extern "C" fn parent() {
    _IO_list_unlock();
}

extern "C" fn child() {
    _IO_list_resetlock();
}

/// After the pool, so that this is prepared before it.
extern "C" fn register_before_main() {
    register();
    // Without memory for three addresses, a fork is as safe as it is without us.
    let _ = at_fork(prepare, parent, child);
}

#[used]
// SAFETY: the section holds addresses of functions without arguments, as this one is.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = register_before_main;
