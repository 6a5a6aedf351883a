//! What is known of a thread: the locks that it has, in the order in which it took them, and the one that it waits for.
//!
//! | part | written by | read by |
//! | --- | --- | --- |
//! | [`State`], behind a lock of one word | its thread; another that releases its lock | whoever looks for a deadlock, with the detector's lock |
//! | the rest of [`Local`] | its thread | its thread |
//!
//! A lock is recorded as held after it was taken, and no more before it is released; a wait is recorded before it begins, and
//! no more after it ended. `changes` counts every change, so that a second look tells whether anything happened since
//! the first.
//!
//! *The detector on its own thread.* While it works it does not look: the memory that it needs may come from an allocator
//! that takes one of these locks. *The end of a thread.* The way to a thread's `Local` has no destructor, so locks can be
//! taken in the destructors of others. A guard of the thread's end gives the `Local` up. Locks that are held still stay in the
//! record, and are released from there as by another thread, if ever; for locks that are taken later there is a `Local` until
//! the last is released.

use super::acquisition::{Acquisition, Lock};
use super::detector::DETECTOR;
use super::order::Class;
use super::report::Thread;
use super::wait::Waiting;
use crate::destroy::discard;
use crate::spin::SpinLock;
use crate::sync::mode::Mode;
use std::cell::Cell;
use std::panic::catch_unwind;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A thread, as others see it.
pub(super) struct Record {
    pub(super) thread: Thread,
    state: SpinLock<State>,
    /// Its thread has ended; under the detector's lock.
    is_over: AtomicBool,
}

/// What a thread has and wants.
#[derive(Default)]
pub(super) struct State {
    /// How often the rest was changed.
    pub(super) changes: u64,
    pub(super) held: Vec<Acquisition>,
    pub(super) waiting: Option<Waiting>,
}

impl State {
    /// Where the lock is among those held: the last of those that are had in the same way.
    pub(super) fn position(&self, number: u64, mode: Mode) -> Option<usize> {
        let is_it = |held: &Acquisition| held.lock.number == number && is_same(held.mode, mode);
        self.held.iter().rposition(is_it)
    }
}

impl Record {
    /// Looks at the state. `look` does not panic, and takes no lock.
    pub(super) fn look<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        self.state.with(|state| look(state))
    }

    /// Changes the state. `change` does not panic, and takes no lock.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        self.state.with(|state| {
            state.changes += 1;
            change(state)
        })
    }

    /// Takes a lock from those held, the one taken last of those that are had in the same way. How many are left, if it
    /// was there.
    pub(super) fn release(&self, number: u64, mode: Mode) -> Option<usize> {
        self.change(|state| {
            let at = state.position(number, mode)?;
            state.held.remove(at);
            Some(state.held.len())
        })
    }

    /// Whether nothing will ever be recorded here, and nothing is.
    pub(super) fn is_spent(&self) -> bool {
        self.is_over.load(Ordering::Relaxed) && self.look(|state| state.held.is_empty())
    }

    /// Forgets all holds of a lock that is no more.
    pub(super) fn forget(&self, number: u64) {
        self.change(|state| state.held.retain(|held| held.lock.number != number));
    }
}

/// Whether one is released as the other: readers are, however they came in.
fn is_same(held: Mode, released: Mode) -> bool {
    let as_reader = |mode| if mode == Mode::Recursive { Mode::Shared } else { mode };
    as_reader(held) == as_reader(released)
}

/// How many orders a thread remembers to have recorded; a power of two.
const REMEMBERED: usize = 128;

/// A thread, as it sees itself.
pub(super) struct Local {
    pub(super) record: Arc<Record>,
    /// The length of the record's list, at the last change by this thread.
    held: Cell<usize>,
    /// Orders that are in the graph: two locks, the class with the first. Numbers of locks are never used again, so what is
    /// here stays true. 0 is no lock's number.
    recorded: [Cell<(u64, u64)>; REMEMBERED],
    /// Made after the thread's end: given up with the last lock.
    is_late: bool,
}

impl Local {
    /// Adds a lock to those held.
    pub(super) fn take(&self, acquisition: Acquisition) {
        let held = self.record.change(|state| {
            state.held.push(acquisition);
            state.held.len()
        });
        self.held.set(held);
    }

    /// Takes a lock from those held; whether it was there.
    pub(super) fn release(&self, number: u64, mode: Mode) -> bool {
        let left = self.record.release(number, mode);
        left.inspect(|&left| self.held.set(left)).is_some()
    }

    /// Another way of having a lock that is held.
    pub(super) fn change_mode(&self, number: u64, from: Mode, to: Acquisition) {
        self.record.change(|state| {
            if let Some(at) = state.position(number, from) {
                state.held[at] = to;
            }
        });
    }

    /// Whether a lock is held.
    pub(super) fn holds_any(&self) -> bool {
        self.held.get() > 0
    }

    /// Whether the order is in the graph, as far as this thread remembers; from now on it does.
    pub(super) fn remembers(&self, held: &Acquisition, wanted: Lock, mode: Mode) -> bool {
        let order = (
            held.lock.number << Class::BITS | Class::of(held.mode, mode).number(),
            wanted.number,
        );
        let mixed = (order.0 ^ order.1.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = &self.recorded[(mixed >> 57) as usize % REMEMBERED];
        place.replace(order) == order
    }
}

/// The way to the thread's `Local`, which has no destructor and so is always there.
struct Here {
    local: Cell<*const Local>,
    /// The detector is at work.
    is_busy: Cell<bool>,
    /// A callback runs: what it takes makes no orders.
    is_reporting: Cell<bool>,
    /// std has given up what it had of this thread.
    is_over: Cell<bool>,
}

std::thread_local! {
    static HERE: Here = const {
        Here {
            local: Cell::new(ptr::null()),
            is_busy: Cell::new(false),
            is_reporting: Cell::new(false),
            is_over: Cell::new(false),
        }
    };
    static END: End = const { End };
}

/// The detector is at work for as long as this lives.
struct Busy<'a> {
    here: &'a Here,
    before: bool,
}

impl<'a> Busy<'a> {
    #[inline]
    fn begin(here: &'a Here) -> Self {
        let before = here.is_busy.replace(true);
        Busy { here, before }
    }
}

impl Drop for Busy<'_> {
    #[inline]
    fn drop(&mut self) {
        self.here.is_busy.set(self.before);
    }
}

/// Runs `work` with what is known of this thread, unless the detector is at work on it. `work` does not panic.
#[inline]
pub(super) fn here<R>(work: impl FnOnce(&Local) -> R) -> Option<R> {
    HERE.with(|here| {
        if here.is_busy.get() {
            return None;
        }
        let _busy = Busy::begin(here);
        if here.local.get().is_null() {
            here.local.set(begin(here));
        }
        let pointer = here.local.get();
        // SAFETY: made by `begin`; only this thread gives it up, below.
        let local = unsafe { &*pointer };
        let result = work(local);
        if local.is_late && !local.holds_any() {
            here.local.set(ptr::null());
            give_up(pointer);
        }
        Some(result)
    })
}

/// Whether a lock is held, and an order with another would count.
#[inline]
pub(super) fn is_nested() -> bool {
    HERE.with(|here| {
        let local = here.local.get();
        // SAFETY: as above.
        !local.is_null() && !here.is_reporting.get() && unsafe { (*local).holds_any() }
    })
}

/// Runs `work` with the detector at work on this thread.
pub(super) fn while_busy<R>(work: impl FnOnce() -> R) -> R {
    HERE.with(|here| {
        let _busy = Busy::begin(here);
        work()
    })
}

/// Whether the detector is at work on this thread from now on; what it was before.
pub(super) fn set_busy(is_busy: bool) -> bool {
    HERE.with(|here| here.is_busy.replace(is_busy))
}

/// Whether a callback is running on this thread from now on; whether one was before.
pub(super) fn set_reporting(is_reporting: bool) -> bool {
    HERE.with(|here| here.is_reporting.replace(is_reporting))
}

/// Whether this is the record of the thread that asks.
pub(super) fn is_own(record: &Record) -> bool {
    HERE.with(|here| {
        let local = here.local.get();
        // SAFETY: as above.
        !local.is_null() && ptr::eq(unsafe { Arc::as_ptr(&(*local).record) }, record)
    })
}

/// Makes this thread known.
#[cold]
fn begin(here: &Here) -> *const Local {
    static LAST: AtomicU64 = AtomicU64::new(0);
    crate::fork::register();
    // A thread that ends has no name any more.
    let is_alive = !here.is_over.get() && END.try_with(|_| ()).is_ok();
    let current = is_alive.then(|| catch_unwind(std::thread::current).map_err(discard));
    let current = current.and_then(Result::ok);
    // std panics if asked in the destructor of a C library's key; once is enough.
    here.is_over.set(current.is_none());
    let is_late = current.is_none();
    let name = current.and_then(|thread| thread.name().map(Arc::from));
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let record = Arc::new(Record {
        thread: Thread { number, name },
        state: SpinLock::new(State::default()),
        is_over: AtomicBool::new(false),
    });
    DETECTOR.lock().threads.push(record.clone());
    Box::into_raw(Box::new(Local {
        record,
        held: Cell::new(0),
        recorded: [const { Cell::new((0, 0)) }; REMEMBERED],
        is_late,
    }))
}

/// Makes this thread unknown; the detector is at work.
#[cold]
fn give_up(local: *const Local) {
    // SAFETY: made by `begin`, and nobody finds it any more; the caller does not use it again.
    let local = unsafe { Box::from_raw(local.cast_mut()) };
    let mut detector = DETECTOR.lock();
    local.record.is_over.store(true, Ordering::Relaxed);
    detector.remove_spent();
}

/// Tells of the end of its thread.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        HERE.with(|here| {
            let local = here.local.replace(ptr::null());
            if !local.is_null() {
                while_busy(|| give_up(local));
            }
        });
    }
}
