//! Signals around a child: the program's own reach it, and its dispositions are those we were started with.
//!
//! While the child runs, the signals of [`WATCHED`] are blocked here and taken one at a time, so no handler and
//! no second thread is needed.

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, mem, ptr};

use libc::{pid_t, sigset_t};

/// Signals that are passed on, and the one that tells of the child's end.
const WATCHED: [c_int; 7] = [
    libc::SIGCHLD,
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
];

/// What `SIGPIPE` was set to before Rust's start-up code ignored it.
static SIGPIPE_AT_START: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

#[used]
#[unsafe(link_section = ".init_array")]
static OBSERVE: extern "C" fn() = observe_sigpipe;

extern "C" fn observe_sigpipe() {
    SIGPIPE_AT_START.store(disposition(libc::SIGPIPE), Ordering::Relaxed);
}

fn disposition(signal: c_int) -> usize {
    // SAFETY: only asks; the structure is plain data.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        libc::sigaction(signal, ptr::null(), &mut action);
        action.sa_sigaction
    }
}

fn set_disposition(signal: c_int, disposition: usize) {
    // SAFETY: `disposition` is the default, to ignore, or what was set before us.
    unsafe { libc::signal(signal, disposition) };
}

/// What must be put back in the child before it becomes the interpreter.
#[derive(Clone, Copy)]
pub struct Inherited {
    mask: sigset_t,
    sigpipe: usize,
    sigchld: usize,
}

impl Inherited {
    /// Sets the child's signals. Calls only what is allowed between fork and exec.
    pub fn restore(&self) {
        set_disposition(libc::SIGPIPE, self.sigpipe);
        set_disposition(libc::SIGCHLD, self.sigchld);
        set_mask(&self.mask);
    }
}

/// The time in which signals are taken here.
pub struct Watch {
    set: sigset_t,
    /// What the child is to inherit.
    pub inherited: Inherited,
}

impl Watch {
    /// Blocks the signals; from here on none is lost.
    pub fn begin() -> Watch {
        let sigchld = disposition(libc::SIGCHLD);
        // Were it ignored, the child's end could not be waited for.
        set_disposition(libc::SIGCHLD, libc::SIG_DFL);
        // SAFETY: the sets are plain data, valid for the calls.
        let (set, mask) = unsafe {
            let mut set = mem::zeroed();
            libc::sigemptyset(&mut set);
            for signal in WATCHED {
                libc::sigaddset(&mut set, signal);
            }
            let mut mask = mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, &set, &mut mask);
            (set, mask)
        };
        let sigpipe = SIGPIPE_AT_START.load(Ordering::Relaxed);
        Watch {
            set,
            inherited: Inherited { mask, sigpipe, sigchld },
        }
    }

    /// Waits for the end of `child`, passing signals on to it; returns its wait status.
    pub fn wait(self, child: pid_t) -> io::Result<c_int> {
        loop {
            if let Some(status) = reap(child)? {
                set_mask(&self.inherited.mask);
                return Ok(status);
            }
            // SAFETY: the set is initialised; `info` is filled in on success.
            let (signal, info) = unsafe {
                let mut info: libc::siginfo_t = mem::zeroed();
                (libc::sigwaitinfo(&self.set, &mut info), info)
            };
            // One that the terminal sent (a positive code) went to the child as well, which shares our group.
            if signal > 0 && signal != libc::SIGCHLD && info.si_code <= 0 {
                // SAFETY: the child has not been waited for, so its number is still its own.
                unsafe { libc::kill(child, signal) };
            }
        }
    }
}

fn reap(child: pid_t) -> io::Result<Option<c_int>> {
    let mut status = 0;
    // SAFETY: `status` is valid for the call.
    match unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } {
        0 => Ok(None),
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(Some(status)),
    }
}

fn set_mask(mask: &sigset_t) {
    // SAFETY: the set is initialised.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, ptr::null_mut()) };
}

/// Ends this process by `signal`, without a core of its own; returns only if the signal does not kill.
pub fn die_of(signal: c_int) {
    // SAFETY: sets a limit and a mask from plain data and sends ourselves a signal.
    unsafe {
        let none = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        libc::setrlimit(libc::RLIMIT_CORE, &none);
        set_disposition(signal, libc::SIG_DFL);
        let mut only = mem::zeroed();
        libc::sigemptyset(&mut only);
        libc::sigaddset(&mut only, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &only, ptr::null_mut());
        libc::raise(signal);
    }
}
