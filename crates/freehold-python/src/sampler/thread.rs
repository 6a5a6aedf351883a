//! The sampler's thread: one of the C library's, which the interpreter may end in the middle.
//!
//! A thread that asks for the GIL of an interpreter which is being taken down never returns from the call: CPython
//! ends it by `pthread_exit`, that is by unwinding its stack. Rust's own threads abort the process on that. So
//! this one is made with `pthread_create`, the functions of the interpreter are declared to unwind, and while
//! they run no frame of ours owns anything or catches anything.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, mem, ptr, thread};

use super::interval;
use crate::history::History;
use crate::host::Host;
use crate::lengths;
use crate::object::Gil;

/// It calls little and nests less.
const STACK: usize = 2 << 20;

type Body = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

unsafe extern "C" {
    /// As libc declares it, but for a body that may unwind.
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        body: Body,
        argument: *mut c_void,
    ) -> c_int;
}

/// A running thread.
pub(super) struct Thread {
    handle: libc::pthread_t,
    shared: Arc<Shared>,
}

/// What the thread and its owner share.
struct Shared {
    host: &'static Host,
    start: Instant,
    history: Mutex<History>,
    stop: Mutex<bool>,
    changed: Condvar,
    /// The thread's number in the kernel, once it runs.
    number: AtomicI32,
}

impl Thread {
    /// Starts a thread that goes on with `history`, whose times are counted from `start`.
    pub(super) fn start(host: &'static Host, start: Instant, history: History) -> io::Result<Thread> {
        let shared = Arc::new(Shared {
            host,
            start,
            history: Mutex::new(history),
            stop: Mutex::new(false),
            changed: Condvar::new(),
            number: AtomicI32::new(0),
        });
        // The thread's share is given back when it was joined: it may not own anything itself.
        let lent = Arc::into_raw(Arc::clone(&shared));
        let handle = with_signals_blocked(|| spawn(lent)).inspect_err(|_| {
            // SAFETY: there is no thread that could use it.
            unsafe { Arc::decrement_strong_count(lent) };
        })?;
        Ok(Thread { handle, shared })
    }

    /// Ends the thread and returns what it saw. The GIL must not be held: the thread may be waiting for it.
    pub(super) fn finish_no_gil(self) -> History {
        *self.shared.stop.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.changed.notify_all();
        // SAFETY: the thread was made joinable, and `self` is the only one to join it.
        unsafe { libc::pthread_join(self.handle, ptr::null_mut()) };
        // SAFETY: `start` lent the thread this share, and the thread has ended.
        unsafe { Arc::decrement_strong_count(Arc::as_ptr(&self.shared)) };
        self.shared.await_removal();
        mem::take(&mut *self.shared.history.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn spawn(shared: *const Shared) -> io::Result<libc::pthread_t> {
    // SAFETY: attributes and handle are plain data, initialised by the calls; `shared` outlives the thread, which
    // has a share of it.
    unsafe {
        let mut attributes = mem::zeroed();
        let mut handle = mem::zeroed();
        libc::pthread_attr_init(&mut attributes);
        libc::pthread_attr_setstacksize(&mut attributes, STACK);
        let failed = pthread_create(&mut handle, &attributes, body, shared.cast_mut().cast());
        libc::pthread_attr_destroy(&mut attributes);
        match failed {
            0 => Ok(handle),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// The thread. It owns nothing, so that it may end within any call of the interpreter's.
extern "C-unwind" fn body(shared: *mut c_void) -> *mut c_void {
    // SAFETY: `spawn` passed it, and it outlives the thread.
    let shared: &Shared = unsafe { &*shared.cast() };
    shared.introduce();
    let api = &shared.host.api;
    while shared.wait() && !api.is_finalizing() {
        // SAFETY: the interpreter is running, or ends this thread in the call.
        let held = unsafe { (api.PyGILState_Ensure)() };
        let sound = shared.look();
        // SAFETY: releases what was taken above.
        unsafe { (api.PyGILState_Release)(held) };
        if !sound {
            break;
        }
    }
    ptr::null_mut()
}

impl Shared {
    fn introduce(&self) {
        // SAFETY: names this thread and asks for its number.
        unsafe {
            libc::prctl(libc::PR_SET_NAME, c"freehold".as_ptr());
            self.number.store(libc::gettid(), Ordering::Relaxed);
        }
    }

    /// Waits until it is time to look; says whether to go on.
    fn wait(&self) -> bool {
        let interval = interval(self.start.elapsed(), processor_time());
        let asked = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(asked, interval, |asked| !*asked);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Looks once, with the GIL held; says whether nothing went wrong.
    fn look(&self) -> bool {
        let look = || {
            // SAFETY: `body` took it.
            let gil = unsafe { Gil::assume() };
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            history.record(self.start.elapsed(), lengths::all(self.host, gil));
        };
        catch_unwind(AssertUnwindSafe(look)).is_ok()
    }

    /// The kernel counts a thread for a moment after it could be joined.
    fn await_removal(&self) {
        let number = self.number.load(Ordering::Relaxed);
        // SAFETY: signal 0 only asks whether the thread exists.
        while number != 0 && unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), number, 0) } == 0 {
            thread::yield_now();
        }
    }
}

/// What this thread has used of a processor: unlike time, this does not count waiting for one.
fn processor_time() -> Duration {
    // SAFETY: fills in plain data, which is read on success only.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        match libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) {
            0 => Duration::new(time.tv_sec as u64, time.tv_nsec as u32),
            _ => Duration::ZERO,
        }
    }
}

fn with_signals_blocked<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: both sets are valid for the calls; a new thread inherits the mask, and it is put back at once.
    unsafe {
        let mut all = mem::zeroed();
        let mut before = mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let result = work();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut());
        result
    }
}
