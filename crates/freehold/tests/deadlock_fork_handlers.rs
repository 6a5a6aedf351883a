//! fork(2) in a program that takes a lock in handlers of its own, registered before the detector has seen any lock: the program's
//! lock is taken before the detector's, by those who fork as by those who do not.
#![cfg(all(unix, feature = "deadlock-detection"))]

use freehold::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

static LOCK: Mutex<u64> = Mutex::new(0);

extern "C" fn prepare() {
    std::mem::forget(LOCK.lock());
}

extern "C" fn release() {
    // SAFETY: `prepare` took the lock on this thread, and forgot the guard.
    unsafe { LOCK.force_unlock() }
}

#[test]
fn handlers_of_the_program_take_its_locks_before_the_detector_is_stopped() {
    static STOP: AtomicBool = AtomicBool::new(false);
    // SAFETY: functions for as long as the program runs; the alarm ends a test that hangs.
    unsafe {
        assert_eq!(libc::pthread_atfork(Some(prepare), Some(release), Some(release)), 0);
        libc::alarm(60);
    }
    let other = thread::spawn(|| {
        while !STOP.load(Relaxed) {
            let mut held = LOCK.lock();
            // The end of a lock takes the detector's.
            (0..200).for_each(|_| drop(Mutex::new(0).lock()));
            *held += 1;
        }
    });
    thread::sleep(Duration::from_millis(20));
    for _ in 0..50 {
        // SAFETY: the child ends by `_exit`, at once.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: no destructors are owed.
            unsafe { libc::_exit(0) };
        }
        let mut status = 0;
        // SAFETY: our own child; the status is ours to write.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0);
    }
    STOP.store(true, Relaxed);
    other.join().unwrap();
}
