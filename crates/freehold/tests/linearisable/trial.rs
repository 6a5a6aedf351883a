//! Trials: threads make random calls to an object, all at once, and the checker looks at what they got. Many short histories
//! find more than few long ones, and can be read.

use crate::checker::violation;
use crate::history::{Clock, Log, Model, Operation, has_overlap};
use crate::models::{Access, Ends, Entry, Exchange, Place, Queue, Stack};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// An object that is tried, and the model that it must behave like.
pub trait Subject: Sync {
    type Model: Draw;

    /// The object at first.
    fn new() -> Self;

    /// Makes the call.
    fn call(&self, call: &<Self::Model as Model>::Call) -> <Self::Model as Model>::Answer;
}

/// A model for which calls can be drawn.
pub trait Draw: Model {
    /// A call at random. `fresh` is a number that no other call of the history gets.
    fn draw(random: &mut Random, fresh: u64) -> Self::Call;
}

impl Draw for Stack {
    fn draw(random: &mut Random, fresh: u64) -> Ends {
        ends(random, fresh)
    }
}

impl Draw for Queue {
    fn draw(random: &mut Random, fresh: u64) -> Ends {
        ends(random, fresh)
    }
}

fn ends(random: &mut Random, fresh: u64) -> Ends {
    match random.below(2) {
        0 => Ends::Push(fresh),
        _ => Ends::Pop,
    }
}

impl Draw for Entry {
    fn draw(random: &mut Random, _: u64) -> (u64, Access) {
        let access = match random.below(8) {
            0 | 1 => Access::Get,
            2 => Access::Insert(random.below(3)),
            3 | 4 => Access::Remove,
            5 => Access::Ensure(random.below(3)),
            _ => Access::Count,
        };
        (random.below(2), access)
    }
}

impl Draw for Place {
    fn draw(random: &mut Random, fresh: u64) -> Exchange {
        match random.below(6) {
            0 | 1 => Exchange::Load,
            // Now and then the same number, in another object.
            2 => Exchange::Swap(Some(100 * (fresh % 2))),
            3 => Exchange::Swap((random.below(3) > 0).then_some(100 * fresh)),
            _ => Exchange::Add,
        }
    }
}

/// What came of some rounds.
#[derive(Default)]
pub struct Outcome {
    /// Histories in which operations happened at the same time.
    pub overlapping: usize,
    /// The first history that is not linearisable, a line for each operation.
    pub violation: Option<String>,
}

impl Outcome {
    /// Fails if a history was wrong, or if the trial tried nothing.
    #[track_caller]
    pub fn expect_none(&self) {
        if let Some(violation) = &self.violation {
            panic!("not linearisable:\n{violation}");
        }
        assert!(self.overlapping > 0, "no two operations happened at the same time");
    }
}

/// How many rounds a test of `base` rounds has.
pub fn rounds(base: usize) -> usize {
    let times = std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    let base = if cfg!(any(asan, tsan)) { base / 10 } else { base };
    base * times
}

/// Rounds that threads go through before they are joined: starting threads takes longer than a round.
const BATCH: usize = 50;

/// How many times as many rounds there may be, on a machine that is so busy that only one of the threads ran at a time.
const PATIENCE: usize = 100;

/// So many rounds, each with a new object, two to four threads and four to eight calls by each; until a history is wrong.
pub fn trial<S: Subject>(rounds: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for first in (0..PATIENCE * rounds).step_by(BATCH) {
        if first >= rounds && outcome.overlapping > 0 {
            break;
        }
        let mut random = Random::new(first as u64);
        let threads = 2 + random.below(3) as usize;
        let batch: Vec<Round<S>> = (0..BATCH).map(|_| Round::draw(threads, &mut random)).collect();
        for history in histories(&batch, threads) {
            outcome.overlapping += usize::from(has_overlap(&history));
            if let Some(operations) = violation(&history) {
                let lines: Vec<String> = operations.iter().map(|operation| format!("{operation:?}")).collect();
                outcome.violation = Some(lines.join("\n"));
                return outcome;
            }
        }
    }
    outcome
}

/// An object, and what is done to it.
struct Round<S: Subject> {
    subject: S,
    /// The calls, by thread.
    calls: Vec<Vec<<S::Model as Model>::Call>>,
    /// Before which of their calls the threads wait for each other.
    meetings: Vec<bool>,
    clock: Clock,
}

impl<S: Subject> Round<S> {
    fn draw(threads: usize, random: &mut Random) -> Self {
        let calls = 4 + random.below(5);
        let of_thread = |thread: u64, random: &mut Random| {
            let calls = thread * calls..(thread + 1) * calls;
            calls.map(|fresh| S::Model::draw(random, fresh)).collect()
        };
        Round {
            subject: S::new(),
            calls: (0..threads as u64).map(|thread| of_thread(thread, random)).collect(),
            meetings: (0..calls).map(|call| call == 0 || random.below(2) == 0).collect(),
            clock: Clock::default(),
        }
    }

    /// What one of the threads does.
    fn perform(&self, thread: usize, meeting: &mut Attendance<'_>) -> Vec<Operation<S::Model>> {
        let mut log = Log::new(&self.clock, thread);
        for (&call, &meet) in self.calls[thread].iter().zip(&self.meetings) {
            if meet {
                meeting.attend();
            }
            log.record(call, |call| self.subject.call(call));
        }
        log.into_operations()
    }
}

/// Has the threads go through the rounds; gives the history of each.
fn histories<S: Subject>(rounds: &[Round<S>], threads: usize) -> Vec<Vec<Operation<S::Model>>> {
    let meeting = Meeting::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let mut attendance = Attendance::new(&meeting, threads);
                scope.spawn(move || -> Vec<_> {
                    let performed = rounds.iter().map(|round| round.perform(thread, &mut attendance));
                    performed.collect()
                })
            })
            .collect();
        let mut histories: Vec<Vec<_>> = rounds.iter().map(|_| Vec::new()).collect();
        for worker in workers {
            let logs = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            histories
                .iter_mut()
                .zip(logs)
                .for_each(|(history, log)| history.extend(log));
        }
        histories
    })
}

/// Where threads wait for each other awake, so that they go on within an instant: a call is over before a sleeper has woken up.
#[derive(Default)]
struct Meeting {
    arrived: AtomicUsize,
    /// Somebody will not come any more.
    is_off: AtomicBool,
}

/// One thread's part in the meetings.
struct Attendance<'a> {
    meeting: &'a Meeting,
    threads: usize,
    expected: usize,
}

impl<'a> Attendance<'a> {
    fn new(meeting: &'a Meeting, threads: usize) -> Self {
        Attendance {
            meeting,
            threads,
            expected: 0,
        }
    }

    fn attend(&mut self) {
        self.expected += self.threads;
        self.meeting.arrived.fetch_add(1, Ordering::AcqRel);
        let is_complete = || self.meeting.arrived.load(Ordering::Acquire) >= self.expected;
        for looks in 1u32.. {
            if is_complete() || self.meeting.is_off.load(Ordering::Relaxed) {
                return;
            }
            if looks.is_multiple_of(64) {
                thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }
}

impl Drop for Attendance<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.meeting.is_off.store(true, Ordering::Relaxed);
        }
    }
}

/// Runs `work` with a thread beside it that collects, half of the time: the other half, and its core, is for threads to get
/// into each other's way.
pub fn while_collecting<R>(work: impl FnOnce() -> R) -> R {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let begin = Instant::now();
                freehold::gc::collect();
                thread::sleep(begin.elapsed());
            }
        });
        let end = End(&is_over);
        let result = work();
        drop(end);
        result
    })
}

/// Ends the collecting, also when a test fails meanwhile.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Marsaglia's xorshift generator, of 64 bits.
pub struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }
}
