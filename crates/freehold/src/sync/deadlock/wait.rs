//! The wait-for graph: which thread waits for which, looked at whenever a thread is about to wait.
//!
//! | a thread that waits | waits for |
//! | --- | --- |
//! | for a mutex, or to write | whoever has the lock |
//! | to upgrade | whoever else has it |
//! | to read | a writer that has it; and, while a writer waits for readers to leave, all threads that wait to write |
//! | to read, upgradable | as to read, and the upgradable reader |
//! | to read recursively | a writer that has it |
//! | by a `Condvar` | whoever has the mutex: the wait does not end before the thread has it again |
//! | for a limited time | nobody: it goes on |
//!
//! *Nothing is missed.* A deadlock is complete when the last of its threads is recorded to wait; that thread looks afterwards,
//! when all holds and waits of the others are recorded. The exception is a reader kept out by a writer that came
//! later than it looked, so who waits to read looks again from time to time.
//!
//! *Nothing is reported that is none.* The records are read one after the other, while threads go on; so what is found is
//! looked at a second time. If none of its threads changed its record in between, there was a moment when each held what it
//! is said to hold, and waited: it had recorded the wait and had not got the lock, since the next one holds it. None of them can
//! have gone on first. For readers kept out, the second look finds the writer's bit set while there are readers inside,
//! so it is a waiting writer's; waits begin under the detector's lock, and limited waits of writers end under it, so the
//! look knows all writers, and if the patience of one may end it reports nothing.
//!
//! *Cost.* To wait costs a copy of what all threads hold. A thread that holds nothing is in nobody's way, and neither looks
//! nor is recorded; but who waits to write to an `RwLock` is, for it keeps readers out.

use super::acquisition::Acquisition;
use super::detector::{DETECTOR, Detector, Finding};
use super::report::{Deadlock, Wait};
use super::thread::{Record, State, here};
use crate::primitive::RawRwLock;
use crate::sync::mode::Mode;
use lock_api::RawRwLock as _;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::Arc;

/// A wait, as it is recorded.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    wanted: Acquisition,
    is_limited: bool,
    /// The lock, for those who may be kept out of it by writers that wait.
    queue: Option<NonNull<RawRwLock>>,
    /// It is in a deadlock that was reported.
    is_reported: bool,
}

// SAFETY: the lock is for all threads, and only looked at while the record says that its thread waits for it.
unsafe impl Send for Waiting {}

impl Waiting {
    /// Whether a writer keeps readers out. By who looks at the record.
    fn is_kept_out(&self) -> bool {
        // SAFETY: the thread that waits borrows the lock until the record says something else.
        self.queue
            .is_some_and(|lock| unsafe { lock.as_ref() }.is_locked_exclusive())
    }

    /// Whether `held` is in the way; `is_own`: the thread that waits has it.
    fn is_stopped_by(&self, held: &Acquisition, is_own: bool) -> bool {
        let is_in_the_way = match self.wanted.mode {
            Mode::Exclusive => true,
            Mode::Upgrade => !(is_own && held.mode == Mode::Upgradable),
            Mode::Upgradable => matches!(held.mode, Mode::Exclusive | Mode::Upgradable),
            Mode::Shared | Mode::Recursive => held.mode == Mode::Exclusive,
        };
        held.lock.number == self.wanted.lock.number && is_in_the_way
    }
}

/// A wait that this thread is in; dropped when it is over.
pub(in crate::sync) struct InWait {
    is_limited: bool,
    /// The wait that this thread is in already, if this one is a callback's.
    outer: Option<Waiting>,
}

impl InWait {
    /// Records that this thread is about to wait for `wanted`, and looks for a deadlock. `None`: it need not be known. `queue` is
    /// the lock, if it is one that readers are kept out of by writers that wait, and they are waited for.
    pub(super) fn begin(wanted: Acquisition, is_limited: bool, queue: Option<&RawRwLock>) -> Option<InWait> {
        let waiting = Waiting {
            wanted,
            is_limited,
            queue: queue.map(NonNull::from),
            is_reported: false,
        };
        let found = here(|local| {
            if !local.holds_any() && !wanted.keeps_readers_out() {
                return None;
            }
            let mut detector = DETECTOR.lock();
            let outer = local.record.change(|state| state.waiting.replace(waiting));
            Some((outer, detector.look_for_deadlock(&local.record)))
        });
        let (outer, finding) = found.flatten()?;
        let in_wait = InWait { is_limited, outer };
        if let Some(finding) = finding {
            tell(finding);
        }
        Some(in_wait)
    }

    /// Looks once more.
    pub(super) fn look_again(&self) {
        let found = here(|local| DETECTOR.lock().look_for_deadlock(&local.record));
        if let Some(finding) = found.flatten() {
            tell(finding);
        }
    }
}

/// Tells of a deadlock. A callback that has to wait hides the wait that its thread is in, so there is another look afterwards.
#[cold]
fn tell(finding: Finding<Deadlock>) {
    finding.tell();
    while let Some(finding) = here(|_| DETECTOR.lock().look_for_any()).flatten() {
        finding.tell();
    }
}

impl Drop for InWait {
    fn drop(&mut self) {
        here(|local| {
            // Limited waits end when nobody looks, and waits begin then.
            let _detector = (self.is_limited || self.outer.is_some()).then(|| DETECTOR.lock());
            local.record.change(|state| state.waiting = self.outer);
        });
    }
}

/// A thread's state at the first look.
struct View {
    record: Arc<Record>,
    changes: u64,
    held: Vec<Acquisition>,
    waiting: Option<Waiting>,
    is_kept_out: bool,
}

/// A thread in the way of another: which, and what it has; or it is a writer that waits.
type Obstacle = (usize, Option<Acquisition>);

impl Detector {
    /// The deadlock that a thread is in which is about to wait, if it is in one that was not reported.
    pub(super) fn look_for_deadlock(&mut self, seeker: &Arc<Record>) -> Option<Finding<Deadlock>> {
        loop {
            let views: Vec<View> = self.threads.iter().map(View::of).collect();
            let start = views.iter().position(|view| Arc::ptr_eq(&view.record, seeker))?;
            let waiting = views[start].waiting?;
            if waiting.is_limited || waiting.is_reported {
                return None;
            }
            let cycle = cycle(&views, start)?;
            // If it is none any more, one of its threads has gone on since; another look may find another.
            if cycle.iter().all(|(waiter, obstacle)| views[*waiter].is_still(obstacle)) {
                return Some(self.deadlock(&views, &cycle));
            }
        }
    }

    /// A deadlock that any thread is in, if there is one that was not reported.
    fn look_for_any(&mut self) -> Option<Finding<Deadlock>> {
        let threads = self.threads.clone();
        threads.iter().find_map(|record| self.look_for_deadlock(record))
    }

    fn deadlock(&mut self, views: &[View], cycle: &[(usize, Obstacle)]) -> Finding<Deadlock> {
        for (waiter, _) in cycle {
            views[*waiter].record.mark_reported();
        }
        let waits = cycle.iter().filter_map(|(waiter, (_, held))| {
            let view = &views[*waiter];
            let wanted = view.waiting?.wanted;
            let thread = view.record.thread.clone();
            Some(Wait {
                thread,
                wanted,
                held: *held,
            })
        });
        let deadlock = Deadlock { waits: waits.collect() };
        self.deadlocks.add(deadlock)
    }
}

impl Record {
    fn mark_reported(&self) {
        // Not by way of what others look for.
        self.change(|state| state.waiting.iter_mut().for_each(|waiting| waiting.is_reported = true));
    }
}

impl View {
    fn of(record: &Arc<Record>) -> View {
        record.look(|state: &State| View {
            record: record.clone(),
            changes: state.changes,
            held: state.held.clone(),
            waiting: state.waiting,
            is_kept_out: state.waiting.is_some_and(|waiting| waiting.is_kept_out()),
        })
    }

    /// The second look: nothing changed, and if a waiting writer is the obstacle, it is one still.
    fn is_still(&self, (_, held): &Obstacle) -> bool {
        self.record.look(|state| {
            let is_stopped = held.is_some() || state.waiting.is_some_and(|waiting| waiting.is_kept_out());
            state.changes == self.changes && is_stopped
        })
    }

    /// Whether it waits to write to this lock.
    fn waits_to_write(&self, number: u64) -> Option<&Waiting> {
        let is_writer = |waiting: &&Waiting| waiting.wanted.lock.number == number && waiting.wanted.keeps_readers_out();
        self.waiting.as_ref().filter(is_writer)
    }
}

/// Who is in the way of a thread.
fn obstacles(views: &[View], waiter: usize) -> Vec<Obstacle> {
    let Some(waiting) = views[waiter].waiting.filter(|waiting| !waiting.is_limited) else {
        return Vec::new();
    };
    let mut obstacles = Vec::new();
    for (other, view) in views.iter().enumerate() {
        let mut held = view.held.iter();
        let in_the_way = held.find(|held| waiting.is_stopped_by(held, other == waiter));
        obstacles.extend(in_the_way.map(|held| (other, Some(*held))));
    }
    if views[waiter].is_kept_out {
        obstacles.extend(
            writers(views, waiting.wanted.lock.number)
                .into_iter()
                .map(|writer| (writer, None)),
        );
    }
    obstacles
}

/// Who waits to write to a lock; nobody, if one of them does for a limited time.
fn writers(views: &[View], number: u64) -> Vec<usize> {
    let mut writers = Vec::new();
    for (other, view) in views.iter().enumerate() {
        match view.waits_to_write(number) {
            Some(waiting) if waiting.is_limited => return Vec::new(),
            Some(_) => writers.push(other),
            None => {}
        }
    }
    writers
}

/// A shortest cycle of threads in each other's way, from `start`: each with the obstacle that leads to the next.
fn cycle(views: &[View], start: usize) -> Option<Vec<(usize, Obstacle)>> {
    // For each thread that is in somebody's way: whose, and how.
    let mut reached: Vec<Option<(usize, Obstacle)>> = views.iter().map(|_| None).collect();
    let mut next = VecDeque::from([start]);
    while let Some(waiter) = next.pop_front() {
        for obstacle in obstacles(views, waiter) {
            let (other, _) = obstacle;
            if reached[other].is_none() {
                reached[other] = Some((waiter, obstacle));
                next.push_back(other);
            }
        }
        if reached[start].is_some() {
            break;
        }
    }
    let mut cycle = vec![reached[start]?];
    while let Some(&(waiter, _)) = cycle.last().filter(|(waiter, _)| *waiter != start) {
        cycle.push(reached[waiter]?);
    }
    cycle.reverse();
    Some(cycle)
}

#[cfg(test)]
mod tests {
    use super::super::acquisition::Lock;
    use super::*;
    use crate::sync::mode::Kind;
    use std::panic::Location;
    use std::sync::mpsc::channel;
    use std::thread;

    fn wanted(number: u64, mode: Mode) -> Acquisition {
        let lock = Lock {
            kind: Kind::RwLock,
            number,
            address: 0,
        };
        Acquisition::new(lock, mode, Location::caller())
    }

    /// How many deadlocks are known that this lock is in.
    fn deadlocks_of(number: u64) -> usize {
        let is_of = |deadlock: &&Deadlock| deadlock.waits.iter().any(|wait| wait.wanted.lock.number == number);
        DETECTOR.lock().deadlocks.kept().iter().filter(is_of).count()
    }

    /// A reader that reads already waits again; a thread that waits to write comes between later, when both have looked.
    #[test]
    fn a_second_look_finds_the_writer_that_came_later() {
        const NUMBER: u64 = u64::MAX >> 3;
        let lock = RawRwLock::INIT;
        here(|local| local.take(wanted(NUMBER, Mode::Shared)));
        let reader = InWait::begin(wanted(NUMBER, Mode::Shared), false, Some(&lock)).unwrap();
        let ((waits, writer_waits), (end, is_over)) = (channel(), channel::<()>());
        thread::scope(|scope| {
            let writer = scope.spawn(move || {
                let wait = InWait::begin(wanted(NUMBER, Mode::Exclusive), false, None);
                waits.send(()).unwrap();
                is_over.recv().unwrap_err();
                drop(wait);
            });
            writer_waits.recv().unwrap();
            reader.look_again();
            assert_eq!(deadlocks_of(NUMBER), 0, "the writer does not keep readers out yet");
            lock.lock_exclusive();
            reader.look_again();
            assert_eq!(deadlocks_of(NUMBER), 1);
            reader.look_again();
            assert_eq!(deadlocks_of(NUMBER), 1, "it is reported once");
            drop(end);
            writer.join().unwrap();
        });
        drop(reader);
        here(|local| local.release(NUMBER, Mode::Shared));
    }

    /// Who holds nothing and reads is in nobody's way, so it keeps its place in the lock's queue.
    #[test]
    fn readers_that_hold_nothing_are_not_recorded() {
        const NUMBER: u64 = (u64::MAX >> 3) - 2;
        let lock = RawRwLock::INIT;
        for mode in [Mode::Shared, Mode::Upgradable] {
            assert!(InWait::begin(wanted(NUMBER, mode), false, Some(&lock)).is_none());
        }
        assert!(InWait::begin(wanted(NUMBER, Mode::Exclusive), false, None).is_some());
    }

    /// The same with two writers, of which one gives up in time, and may be the one that keeps readers out.
    #[test]
    fn a_writer_that_gives_up_makes_no_deadlock() {
        const NUMBER: u64 = (u64::MAX >> 3) - 1;
        let lock = RawRwLock::INIT;
        lock.lock_exclusive();
        here(|local| local.take(wanted(NUMBER, Mode::Shared)));
        let reader = InWait::begin(wanted(NUMBER, Mode::Shared), false, Some(&lock)).unwrap();
        thread::scope(|scope| {
            let writer = |is_limited| {
                let ((waits, writer_waits), (end, is_over)) = (channel(), channel::<()>());
                let writer = scope.spawn(move || {
                    let wait = InWait::begin(wanted(NUMBER, Mode::Exclusive), is_limited, None);
                    waits.send(()).unwrap();
                    is_over.recv().unwrap_err();
                    drop(wait);
                });
                writer_waits.recv().unwrap();
                (writer, end)
            };
            let ((limited, gives_up), (other, end)) = (writer(true), writer(false));
            reader.look_again();
            assert_eq!(deadlocks_of(NUMBER), 0);
            drop(gives_up);
            limited.join().unwrap();
            reader.look_again();
            assert_eq!(deadlocks_of(NUMBER), 1, "the other does not give up");
            drop(end);
            other.join().unwrap();
        });
        drop(reader);
        here(|local| local.release(NUMBER, Mode::Shared));
    }
}
