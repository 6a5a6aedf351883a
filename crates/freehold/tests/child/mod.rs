//! Waiting for a child of fork(2).

use std::thread;
use std::time::{Duration, Instant};

/// The child's exit status, or `None` after a minute, when it is killed.
pub fn wait(pid: libc::pid_t) -> Option<i32> {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        let mut status = 0;
        // SAFETY: our own child; the status is ours to write.
        if unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } == pid {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(1));
    }
    // SAFETY: our own child, which has not been waited for.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    None
}
