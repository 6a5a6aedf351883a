//! A collection is the first thing that the process does with the heap, before there is an object; then forks while another
//! thread collects. The order in which handlers were registered once made the parent wait for itself.
#![cfg(unix)]

use freehold::gc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn forks_after_a_collection_that_came_before_the_first_object() {
    gc::collect();
    thread::spawn(|| {
        loop {
            gc::collect();
        }
    });
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            // SAFETY: the child leaves at once.
            let pid = unsafe { libc::fork() };
            if pid == 0 {
                // SAFETY: ends the child.
                unsafe { libc::_exit(0) };
            }
            // SAFETY: our own child.
            unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
        }
        let _ = sender.send(());
    });
    receiver
        .recv_timeout(Duration::from_secs(60))
        .expect("a fork that ends");
}
