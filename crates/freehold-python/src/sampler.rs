//! A thread that looks at the lengths of containers now and then while the program runs.
//!
//! It takes the GIL after 0.1 s, then each time that the run has got a thirty-second longer, and no sooner than a
//! hundred times what the last look cost: at most 1 % of the run, and a long run is seen as evenly as a short
//! one. It blocks all signals, so that the program's threads get
//! them as before; `threading` does not know of it; it ends before the interpreter is taken down.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, mem, ptr, thread};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::history::{History, LEAST};
use crate::host::Host;
use crate::layout::{OB_SIZE, set};
use crate::object::{Gil, Type};
use crate::types::{self, Kind};

/// The shortest interval.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);
/// An interval is at least this part of the run so far.
const PART: u32 = 32;
/// A look may cost this part of the interval that follows it.
const SHARE: u32 = 100;

/// The running thread.
pub(crate) struct Sampler {
    thread: JoinHandle<History>,
    stop: Arc<Stop>,
}

#[derive(Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Sampler {
    /// Starts the thread; times are counted from `start`.
    pub(crate) fn start(host: &'static Host, start: Instant) -> io::Result<Sampler> {
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread = with_signals_blocked(|| {
            thread::Builder::new()
                .name("freehold".to_owned())
                .spawn(move || sample(host, start, &seen))
        })?;
        Ok(Sampler { thread, stop })
    }

    /// Ends the thread and returns what it saw. The GIL must not be held: the thread may be waiting for it.
    pub(crate) fn finish_no_gil(self) -> History {
        *self.stop.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.changed.notify_all();
        self.thread.join().unwrap_or_default()
    }
}

impl Stop {
    /// Waits for `interval`, or until the thread is to end; says whether it is.
    fn wait(&self, interval: Duration) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(asked, interval, |asked| !*asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn sample(host: &Host, start: Instant, stop: &Stop) -> History {
    let mut history = History::default();
    let mut interval = LEAST_INTERVAL;
    while !stop.wait(interval) && !host.api.is_finalizing() {
        // SAFETY: the interpreter is running, and the agent's exit handler ends this thread before it stops.
        let held = unsafe { (host.api.PyGILState_Ensure)() };
        let begun = Instant::now();
        // SAFETY: taken above, released below.
        let gil = unsafe { Gil::assume() };
        history.record(begun - start, lengths(host, gil));
        let cost = begun.elapsed();
        // SAFETY: releases what was taken above.
        unsafe { (host.api.PyGILState_Release)(held) };
        interval = LEAST_INTERVAL.max(start.elapsed() / PART).max(cost * SHARE);
    }
    history
}

/// Address, type and length of each tracked container that is long enough.
fn lengths(host: &Host, gil: Gil<'_>) -> Vec<(usize, usize, u64)> {
    let mut kinds: HashMap<usize, Option<isize>, FixedState> = HashMap::default();
    let mut found = Vec::new();
    host.collector.each(gil, |object, _| {
        let ty = object.ty();
        let Some(offset) = *kinds.entry(ty.address()).or_insert_with(|| length_offset(ty)) else {
            return;
        };
        // SAFETY: containers of this kind have their length there.
        let length: usize = unsafe { object.read(offset) };
        if length >= LEAST {
            found.push((object.address(), ty.address(), length as u64));
        }
    });
    found
}

/// Where instances of `ty` keep their length, if they are containers whose growth is followed.
fn length_offset(ty: Type<'_>) -> Option<isize> {
    match types::kind(ty).0 {
        Kind::Dict | Kind::List | Kind::Deque => Some(OB_SIZE),
        Kind::Set => Some(set::USED),
        _ => None,
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
