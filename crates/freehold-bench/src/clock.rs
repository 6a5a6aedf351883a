//! Wall time, the CPU time of the whole process, and that of one thread.
//!
//! CPU time counts every thread, so work that a collector does in the background is not free of charge: it shows there
//! even when an idle core hides it from the wall clock.

use std::time::{Duration, Instant};

/// A stretch of time that begins now.
pub struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    /// Begins.
    pub fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: process_cpu_time(),
        }
    }

    /// The wall time so far.
    pub fn wall(&self) -> Duration {
        self.wall.elapsed()
    }

    /// The CPU time of all threads so far.
    pub fn cpu(&self) -> Duration {
        process_cpu_time().saturating_sub(self.cpu)
    }
}

/// The CPU time of the thread that asks, since it began.
pub fn thread_cpu_time() -> Duration {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn process_cpu_time() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec, and the callers name clocks of POSIX.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(status, 0, "a CPU clock cannot be read");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
