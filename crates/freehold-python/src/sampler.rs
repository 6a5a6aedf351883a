//! A thread that looks at the lengths of containers now and then while the program runs.
//!
//! It takes the GIL after 0.1 s, then each time that the run has got a thirty-second longer, and no sooner than
//! when all looks so far have cost 1 % of it: a long run is seen as evenly as a short one. It blocks all signals, so
//! that the program's threads get them as before; `threading` does not know of it. The agent's exit handler ends it
//! before the interpreter is taken down; where the program has dropped that handler, the interpreter ends it.

mod thread;

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::history::History;
use crate::host::Host;
use crate::sampler::thread::Thread;

/// The shortest interval.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);
/// An interval is at least this part of the run so far.
const PART: u32 = 32;
/// All looks together may cost this part of the run.
const SHARE: u32 = 100;

/// The thread, which can be suspended and goes on where it was.
///
/// It is suspended around `fork`: a process that forks with a second thread is warned of by Python 3.12 and later,
/// and the child would inherit the state of a thread that it does not have.
pub(crate) struct Sampler {
    host: &'static Host,
    start: Instant,
    state: Mutex<State>,
}

enum State {
    Running(Thread),
    Suspended(History),
    /// Being suspended by one of the program's threads, or ended.
    Gone,
}

impl Sampler {
    /// A sampler that is not running yet; times are counted from `start`.
    pub(crate) fn new(host: &'static Host, start: Instant) -> Sampler {
        Sampler {
            host,
            start,
            state: Mutex::new(State::Suspended(History::default())),
        }
    }

    /// Starts the thread, or lets it go on. Where there is no room for a thread the program runs without one.
    pub(crate) fn resume(&self) {
        let mut state = self.lock();
        if let State::Suspended(history) = &mut *state {
            let history = mem::take(history);
            *state = Thread::start(self.host, self.start, history).map_or(State::Gone, State::Running);
        }
    }

    /// Ends the thread, to go on later. The GIL must not be held: the thread may be waiting for it.
    pub(crate) fn suspend_no_gil(&self) {
        // The lock is not held while waiting: another thread may ask for it with the GIL held.
        let state = mem::replace(&mut *self.lock(), State::Gone);
        let history = state.history_no_gil();
        *self.lock() = State::Suspended(history);
    }

    /// Ends the thread and returns what it saw. The GIL must not be held.
    pub(crate) fn finish_no_gil(&self) -> History {
        let state = mem::replace(&mut *self.lock(), State::Gone);
        state.history_no_gil()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn history_no_gil(self) -> History {
        match self {
            State::Running(thread) => thread.finish_no_gil(),
            State::Suspended(history) => history,
            State::Gone => History::default(),
        }
    }
}

/// How long to wait after a run of `elapsed` in which looking has taken `spent`.
fn interval(elapsed: Duration, spent: Duration) -> Duration {
    let affordable = (spent * SHARE).saturating_sub(elapsed);
    LEAST_INTERVAL.max(elapsed / PART).max(affordable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_with_the_run_and_with_the_cost() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        assert_eq!(interval(ms(0), ms(0)), LEAST_INTERVAL);
        assert_eq!(interval(s(3200), ms(0)), s(100));
        // 20 ms are 1 % of 2 s, of which 0.5 s are over.
        assert_eq!(interval(ms(500), ms(20)), ms(1500));
    }

    #[test]
    fn a_day_is_looked_at_a_few_hundred_times() {
        let (mut elapsed, mut looks) = (Duration::ZERO, 0);
        while elapsed < Duration::from_secs(86_400) {
            elapsed += interval(elapsed, Duration::ZERO);
            looks += 1;
        }
        assert!((200..400).contains(&looks), "{looks}");
    }
}
