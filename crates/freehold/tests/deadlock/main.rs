//! The detector of deadlocks: what it finds, and what it does not take for one.
#![cfg(feature = "deadlock-detection")]

mod callbacks;
mod inversions;
mod quiet;
mod thread_ends;
mod waits;
mod ways;

use freehold::sync::Mutex;
use freehold::sync::deadlock::{self, Deadlock, Inversion};
use std::panic::Location;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a test to fail by, and never waited for otherwise.
const LONG: Duration = Duration::from_secs(60);

/// Waits until something is so.
fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never was so");
        thread::sleep(Duration::from_millis(1));
    }
}

/// What the detector finds for as long as this lives. Tests have it one after the other.
struct Findings {
    inversions: Arc<StdMutex<Vec<Inversion>>>,
    deadlocks: Arc<StdMutex<Vec<Deadlock>>>,
    ids: [deadlock::CallbackId; 2],
    _alone: MutexGuard<'static, ()>,
}

impl Findings {
    fn begin() -> Self {
        static ALONE: StdMutex<()> = StdMutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (inversions, deadlocks) = <(Arc<StdMutex<Vec<Inversion>>>, Arc<StdMutex<Vec<Deadlock>>>)>::default();
        let (to_inversions, to_deadlocks) = (inversions.clone(), deadlocks.clone());
        let ids = [
            deadlock::on_inversion(move |inversion| to_inversions.lock().unwrap().push(inversion.clone())),
            deadlock::on_deadlock(move |deadlock| to_deadlocks.lock().unwrap().push(deadlock.clone())),
        ];
        Findings {
            inversions,
            deadlocks,
            ids,
            _alone: alone,
        }
    }

    /// The inversions so far; they are not given again.
    fn inversions(&self) -> Vec<Inversion> {
        std::mem::take(&mut self.inversions.lock().unwrap())
    }

    /// The one inversion so far.
    fn inversion(&self) -> Inversion {
        let mut all = self.inversions();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// The deadlocks so far.
    fn deadlocks(&self) -> Vec<Deadlock> {
        self.deadlocks.lock().unwrap().clone()
    }

    /// Waits for a deadlock.
    fn deadlock(&self) -> Deadlock {
        until(|| !self.deadlocks().is_empty());
        self.deadlocks().remove(0)
    }

    /// Checks that nothing was found.
    #[track_caller]
    fn are_none(&self) {
        let (inversions, deadlocks) = (self.inversions(), self.deadlocks());
        assert!(inversions.is_empty(), "{}", inversions[0]);
        assert!(deadlocks.is_empty(), "{}", deadlocks[0]);
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        self.ids.into_iter().for_each(deadlock::remove_callback);
    }
}

/// Two mutexes.
fn pair() -> (Mutex<i32>, Mutex<i32>) {
    (Mutex::new(1), Mutex::new(2))
}

/// Takes the first, then the second.
#[track_caller]
fn one_in_the_other(outer: &Mutex<i32>, inner: &Mutex<i32>) {
    let outer = outer.lock();
    assert_ne!(*outer, *inner.lock());
}

/// A place in the file of the caller: so many lines above the call.
#[track_caller]
fn above(lines: u32) -> (String, u32) {
    let here = Location::caller();
    (here.file().to_owned(), here.line() - lines)
}

/// The place without its column.
fn line(site: &Location<'_>) -> (String, u32) {
    (site.file().to_owned(), site.line())
}

/// A thread with a name.
fn named<'scope, 'env>(
    scope: &'scope thread::Scope<'scope, 'env>,
    name: &str,
    work: impl FnOnce() + Send + 'scope,
) -> thread::ScopedJoinHandle<'scope, ()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn_scoped(scope, work)
        .unwrap()
}
