//! `Barrier`: a count of those who have arrived, and the number of the round that they wait for the end of.
//!
//! A round that is over, or broken, is told by the number of the next: who waits remembers the number that it came with.

use crate::trace::{Depth, Trace, Tracer};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::fmt;
use std::time::{Duration, Instant};

/// A place where a number of threads wait for each other, as Python's `threading.Barrier`, and again as often as they like.
///
/// A thread that loses its patience *breaks* the barrier: whoever waits or comes then gets an error, until it is
/// [`reset`](Self::reset). Without timeouts, [`abort`](Self::abort) and `reset` it never breaks.
///
/// ```
/// use freehold::sync::Barrier;
/// let barrier = Barrier::new(2);
/// std::thread::scope(|scope| {
///     let other = scope.spawn(|| barrier.wait().unwrap().is_leader());
///     let leads = barrier.wait().unwrap().is_leader();
///     assert!(leads != other.join().unwrap(), "one of them leads");
/// });
/// ```
pub struct Barrier {
    parties: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// How many of this round have arrived.
    arrived: usize,
    round: u64,
    /// The rounds that were broken while threads waited in them, with how many of those have yet to find out.
    broken: Vec<(u64, usize)>,
    /// Nobody is to wait until the reset.
    is_broken: bool,
}

/// Which of the threads that a [`Barrier`] let go this is.
///
/// ```
/// let alone = freehold::sync::Barrier::new(1).wait().unwrap();
/// assert_eq!((alone.is_leader(), alone.index()), (true, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    index: usize,
}

impl BarrierWaitResult {
    /// Whether it is the one that came last, and may do for all what has to be done once.
    pub fn is_leader(&self) -> bool {
        self.index == 0
    }

    /// How many came after this one: a number of its own for each, less than that of the parties.
    pub fn index(&self) -> usize {
        self.index
    }
}

/// A [`Barrier`] was broken: a thread ran out of patience, or somebody aborted or reset it.
///
/// ```
/// use freehold::sync::{Barrier, BrokenBarrier};
/// let barrier = Barrier::new(2);
/// barrier.abort();
/// assert_eq!(barrier.wait(), Err(BrokenBarrier));
/// assert_eq!(BrokenBarrier.to_string(), "the barrier is broken: not all threads arrived");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken: not all threads arrived")
    }
}

impl std::error::Error for BrokenBarrier {}

impl Barrier {
    /// A barrier for that many threads; 0 is as 1.
    pub const fn new(parties: usize) -> Self {
        Barrier {
            parties: if parties == 0 { 1 } else { parties },
            state: Mutex::new(State {
                arrived: 0,
                round: 0,
                broken: Vec::new(),
                is_broken: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// How many threads it takes.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many threads wait.
    pub fn waiting(&self) -> usize {
        self.state.lock().arrived
    }

    /// Whether it is broken.
    pub fn is_broken(&self) -> bool {
        self.state.lock().is_broken
    }

    /// Waits until all have arrived.
    ///
    /// # Errors
    /// If the barrier is broken, or is while this thread waits.
    pub fn wait(&self) -> Result<BarrierWaitResult, BrokenBarrier> {
        self.wait_by(None)
    }

    /// Waits until all have arrived, but not for longer than `timeout`: then the barrier is broken.
    ///
    /// # Errors
    /// If it is, by this thread or another.
    ///
    /// ```
    /// use freehold::sync::{Barrier, BrokenBarrier};
    /// use std::time::Duration;
    /// let barrier = Barrier::new(2);
    /// assert_eq!(barrier.wait_for(Duration::from_millis(1)), Err(BrokenBarrier));
    /// assert!(barrier.is_broken());
    /// barrier.reset();
    /// assert!(!barrier.is_broken());
    /// ```
    pub fn wait_for(&self, timeout: Duration) -> Result<BarrierWaitResult, BrokenBarrier> {
        self.wait_by(Instant::now().checked_add(timeout))
    }

    /// Waits until all have arrived, but no later than `deadline`: then the barrier is broken.
    ///
    /// # Errors
    /// If it is, by this thread or another.
    pub fn wait_until(&self, deadline: Instant) -> Result<BarrierWaitResult, BrokenBarrier> {
        self.wait_by(Some(deadline))
    }

    /// Breaks the barrier: all who wait, and all who come, get an error until it is reset.
    pub fn abort(&self) {
        let mut state = self.state.lock();
        state.is_broken = true;
        self.end_round(&mut state, true);
    }

    /// Makes the barrier as new. Those who wait get an error.
    pub fn reset(&self) {
        let mut state = self.state.lock();
        state.is_broken = false;
        self.end_round(&mut state, true);
    }

    fn wait_by(&self, deadline: Option<Instant>) -> Result<BarrierWaitResult, BrokenBarrier> {
        let mut state = self.state.lock();
        if state.is_broken {
            return Err(BrokenBarrier);
        }
        state.arrived += 1;
        let index = self.parties - state.arrived;
        match index {
            0 => self.end_round(&mut state, false),
            _ => self.await_end(&mut state, deadline)?,
        }
        Ok(BarrierWaitResult { index })
    }

    /// Waits for the end of the round; breaks the barrier if it does not come in time.
    fn await_end(&self, state: &mut MutexGuard<'_, State>, deadline: Option<Instant>) -> Result<(), BrokenBarrier> {
        let round = state.round;
        while state.round == round {
            let Some(deadline) = deadline else {
                self.changed.wait(state);
                continue;
            };
            if self.changed.wait_until(state, deadline).timed_out() && state.round == round {
                state.is_broken = true;
                self.end_round(state, true);
            }
        }
        state.outcome(round)
    }

    /// Lets go all who wait.
    fn end_round(&self, state: &mut State, is_broken: bool) {
        if is_broken && state.arrived > 0 {
            state.broken.push((state.round, state.arrived));
        }
        (state.arrived, state.round) = (0, state.round + 1);
        self.changed.notify_all();
    }
}

impl State {
    /// How a round ended, for one who waited for it.
    fn outcome(&mut self, round: u64) -> Result<(), BrokenBarrier> {
        let Some(place) = self.broken.iter().position(|&(broken, _)| broken == round) else {
            return Ok(());
        };
        self.broken[place].1 -= 1;
        if self.broken[place].1 == 0 {
            self.broken.swap_remove(place);
        }
        Err(BrokenBarrier)
    }
}

leaf!(Barrier);

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("waiting", &state.arrived)
            .field("is_broken", &state.is_broken)
            .finish_non_exhaustive()
    }
}
