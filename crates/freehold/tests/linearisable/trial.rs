//! Trials: threads make random calls to an object, all at once, and the checker looks at what they got. Many short histories
//! find more than few long ones, and can be read.

use crate::checker::violation;
use crate::history::{Clock, Log, Model, Operation, has_overlap};
use crate::models::{Access, Ends, Entry, Exchange, Place, Queue, Stack};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

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
        let access = match random.below(6) {
            0 | 1 => Access::Get,
            2 => Access::Insert(random.below(4)),
            3 => Access::Remove,
            _ => Access::Count,
        };
        (random.below(3), access)
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

/// So many rounds, each with a new object, two to four threads and four to eight calls by each; until a history is wrong.
pub fn trial<S: Subject>(rounds: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for round in 0..rounds {
        let mut random = Random::new(round as u64);
        let (threads, calls) = (2 + random.below(3), 4 + random.below(5));
        let history = history::<S>(threads as usize, calls, &mut random);
        outcome.overlapping += usize::from(has_overlap(&history));
        if let Some(operations) = violation(&history) {
            let lines: Vec<String> = operations.iter().map(|operation| format!("{operation:?}")).collect();
            outcome.violation = Some(lines.join("\n"));
            break;
        }
    }
    outcome
}

fn history<S: Subject>(threads: usize, calls: u64, random: &mut Random) -> Vec<Operation<S::Model>> {
    let (subject, clock, arrived) = (S::new(), Clock::default(), AtomicUsize::new(0));
    let drawn: Vec<Vec<_>> = (0..threads as u64)
        .map(|thread| {
            (0..calls)
                .map(|call| S::Model::draw(random, thread * calls + call))
                .collect()
        })
        .collect();
    thread::scope(|scope| {
        let (subject, clock, arrived) = (&subject, &clock, &arrived);
        let workers: Vec<_> = drawn
            .into_iter()
            .enumerate()
            .map(|(thread, drawn)| {
                scope.spawn(move || {
                    let mut log = Log::new(clock, thread);
                    start_together(arrived, threads);
                    drawn
                        .into_iter()
                        .for_each(|call| log.record(call, |call| subject.call(call)));
                    log.into_operations()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// Waits for the others awake, so that all begin within an instant: the calls are over before a sleeper would have woken up.
fn start_together(arrived: &AtomicUsize, threads: usize) {
    arrived.fetch_add(1, Ordering::AcqRel);
    let mut looks = 0;
    while arrived.load(Ordering::Acquire) < threads {
        looks += 1;
        if looks % 64 == 0 {
            thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

/// Runs `work` with a thread beside it that collects all the time.
pub fn while_collecting<R>(work: impl FnOnce() -> R) -> R {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                freehold::gc::collect();
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
