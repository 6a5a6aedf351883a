//! Nodes that were taken out of a structure, until nobody can be at them any more.
//!
//! **Problem.** A thread that follows a structure's pointers without a lock may come to a node that another thread has taken out
//! meanwhile; so the node can be given back only when every thread that might have seen it has left.
//!
//! **Mechanism.** A thread that follows pointers *pins*: it makes the number in its [`Record`] odd, and even when it leaves.
//! What is taken out is *retired* into a batch. When that is full, the records that are odd at that moment are
//! noted with it (after a barrier that all threads take part in, so that pinning needs none), and once each of them
//! has changed, what is in the batch is given back ([`batch`]). Nobody waits: a thread that stays pinned only delays it.
//!
//! What holds values, whose drops are code of the user's, goes to lists that any thread can empty: the collector's thread does,
//! soon, and `gc::collect` does ([`flush`]); no thread drops them that did not ask for it, perhaps under a lock that they need.
//! What is memory only goes to a list of the thread's own, which costs no atomic operation, and whoever comes by gives it back.
//!
//! **Cost.** Pinning: two plain stores. Retiring: a push; and a [barrier](freehold_pool::barrier) for each full batch.
//!
//! **Source.** Fraser, *Practical Lock-Freedom* (2004), section 5.2.3, whose word *limbo* is; with a number for each thread in
//! place of a global epoch, as in the user-level RCU of Desnoyers and others (2012).

mod batch;
mod record;

use super::node;
use crate::primitive::{Ordering, ask_for_flush, fence, no_caller, per_process, per_thread, register, size};
use batch::Batches;
use record::Record;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;

/// How many retired nodes that are memory only make a batch, and how many bytes of them. Models make one of each.
const FULL: usize = size(1, 4096);
const FULL_BYTES: usize = 256 << 10;

per_process! {
    /// Nodes that are memory only.
    static MEMORY: Batches = Batches::new()
}

per_process! {
    /// Nodes that hold values.
    static VALUES: Batches = Batches::new()
}

/// How many values a thread retires between two looks at whether they are dropped as fast.
const MANY: usize = 512;

/// How many may wait before threads that retire more are slowed down.
const TOO_MANY: usize = 64 * MANY;

per_thread! {
    /// The thread's record, if it has one. Without destructor, so it can be read at any time.
    static RECORD: Cell<Option<&'static Record>> = Cell::new(None)
}

per_thread! {
    /// Gives the thread's record back at its end.
    static LEASE: Lease = Lease(Cell::new(None))
}

struct Lease(Cell<Option<&'static Record>>);

impl Drop for Lease {
    fn drop(&mut self) {
        // In models the other thread-local may be gone.
        let _ = RECORD.try_with(Cell::take);
        if let Some(record) = self.0.get() {
            record.end_lease();
        }
    }
}

/// A record for this thread: its own, or one for the time being if the thread is about to end.
#[inline]
fn record() -> &'static Record {
    match own() {
        Some(record) => record,
        None => lease(),
    }
}

/// What no other thread has as long as this one lives, also when its thread-locals are gone; 0 if there is no such thing.
fn thread_token() -> usize {
    RECORD.try_with(|own| ptr::from_ref(own).addr()).unwrap_or(0)
}

/// The thread's record, if it has one for good.
#[inline]
fn own() -> Option<&'static Record> {
    RECORD.try_with(Cell::get).ok().flatten()
}

#[cold]
fn lease() -> &'static Record {
    register();
    let record = record::take(thread_token());
    // Pairs with the fence of a scan: it sees that the record is taken, or we see what was taken out before it.
    fence(Ordering::SeqCst);
    let is_late = LEASE.try_with(|lease| lease.0.set(Some(record))).is_err();
    record.set_temporary(is_late);
    if !is_late {
        let _ = RECORD.try_with(|own| own.set(Some(record)));
    }
    record
}

/// While it lives, nothing that the thread can find in a structure is given back. For this thread; pins nest.
#[derive(Debug)]
pub(super) struct Pin {
    record: &'static Record,
    /// Of this thread.
    stays: PhantomData<*mut ()>,
}

/// Pins.
#[inline]
pub(super) fn pin() -> Pin {
    let record = record();
    record.enter();
    Pin {
        record,
        stays: PhantomData,
    }
}

/// Pins, and waits a little before, if the thread retires values faster than they are dropped.
#[inline]
pub(super) fn pin_to_change() -> Pin {
    let record = record();
    if record.haste() > 0 {
        record.slow_down();
    }
    record.enter();
    Pin {
        record,
        stays: PhantomData,
    }
}

impl Clone for Pin {
    fn clone(&self) -> Self {
        self.record.enter();
        Pin { ..*self }
    }
}

impl Drop for Pin {
    #[inline]
    fn drop(&mut self) {
        self.record.exit();
    }
}

/// A node that was taken out, and how it is given back.
struct Retired {
    node: *mut (),
    give_back: unsafe fn(*mut ()),
}

// SAFETY: given back by one thread; whoever retires it promises that any may.
unsafe impl Send for Retired {}

impl Retired {
    fn new<N>(node: *mut N) -> Self {
        /// # Safety
        /// As for [`node::free`].
        unsafe fn give_back<N>(node: *mut ()) {
            // SAFETY: passed on.
            unsafe { node::free(node.cast::<N>()) };
        }
        Retired {
            node: node.cast(),
            give_back: give_back::<N>,
        }
    }

    /// A panic in a drop has been through the process's panic hook, and has no caller to reach.
    fn give_back(self) {
        // SAFETY: taken out before the batch was made, and every thread that was pinned then has left since; once, for the batch
        // is consumed.
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| unsafe { (self.give_back)(self.node) }));
        if let Err(panic) = dropped {
            no_caller(panic);
        }
    }
}

/// Gives `node` back when nobody can be at it.
///
/// # Safety
/// The node was taken out for good, by the caller; nobody who pins from now on can find it; any thread may drop it, and its drop
/// runs no code of the user's.
#[inline]
pub(super) unsafe fn retire_memory<N>(node: *mut N) {
    retired_memory(Retired::new(node), size_of::<N>());
}

/// As [`retire_memory`], of a block that `free` gives back.
///
/// # Safety
/// As for [`retire_memory`]; and `free` takes the pointer.
pub(super) unsafe fn retire_memory_by(block: *mut (), bytes: usize, free: unsafe fn(*mut ())) {
    let retired = Retired {
        node: block,
        give_back: free,
    };
    retired_memory(retired, bytes);
}

#[inline]
fn retired_memory(retired: Retired, bytes: usize) {
    let record = record();
    if let Some(full) = record.push_memory(retired, bytes) {
        surrender_memory(full);
    }
    record.end_if_temporary();
}

#[cold]
fn surrender_memory(nodes: Vec<Retired>) {
    MEMORY.add(nodes);
    // Two for one, so that what somebody's pin held up for long is not all given back by one operation.
    if MEMORY.give_back_some(2) {
        ask_for_flush();
    }
}

/// As [`retire_memory`], of a node whose drop may run the user's code: soon, on the collector's thread, or by the next collection.
///
/// # Safety
/// As for [`retire_memory`], but for the code of the user's.
#[inline]
pub(super) unsafe fn retire<N>(node: *mut N) {
    let record = record();
    let waiting = record.push_value(Retired::new(node));
    if waiting.is_multiple_of(MANY) {
        record.set_haste((waiting + VALUES.nodes()) / TOO_MANY);
    }
    record.end_if_temporary();
    ask_for_flush();
}

/// What a flush left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Left {
    Nothing,
    /// Somebody was pinned all the while.
    Some,
    /// This thread is pinned.
    Own,
}

/// What was retired up to some moment.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    values: u64,
    memory: u64,
}

/// What is retired by now.
pub(crate) fn now() -> Until {
    for record in record::all() {
        let values = record.take_values();
        if !values.is_empty() {
            VALUES.add(values);
        }
    }
    Until {
        values: VALUES.added(),
        memory: MEMORY.added(),
    }
}

/// Gives back what was retired until then, unless somebody was pinned all the while. Runs the user's drops.
pub(crate) fn flush(until: Until) -> Left {
    let is_left = VALUES.give_back_until(until.values) | MEMORY.give_back_until(until.memory);
    match is_left {
        false => Left::Nothing,
        true if own().is_some_and(Record::is_inside) => Left::Own,
        true => Left::Some,
    }
}

/// What is held across a fork.
#[cfg(not(loom))]
pub(crate) struct Held {
    _memory: batch::Held,
    _values: batch::Held,
}

/// Takes the lock.
#[cfg(not(loom))]
pub(crate) fn hold() -> Held {
    Held {
        _memory: MEMORY.hold(),
        _values: VALUES.hold(),
    }
}

#[cfg(not(loom))]
impl Held {
    /// The child's one thread is the only one that can be pinned. What others had retired as memory is lost to it.
    pub(crate) fn start_anew(self) {
        let token = thread_token();
        let others = record::all().filter(|record| !record.is_of(token));
        // SAFETY: their threads are not in this process.
        others.for_each(|record| unsafe { record.lose_thread() });
    }
}
