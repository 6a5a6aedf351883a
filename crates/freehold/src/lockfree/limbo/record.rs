//! A thread's record: whether it is pinned, and what it has retired. Records are never given back; threads take turns.

use super::{FULL, FULL_BYTES, Retired};
use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, light_barrier, per_process, wait_for_flush};
use crate::spin::SpinLock;
use std::cell::Cell;
use std::fmt;
use std::mem;
use std::ptr;

/// On cache lines of its own, for its thread writes to it all the time.
#[repr(align(128))]
pub(super) struct Record {
    /// How often the thread has entered and left; odd while it is inside.
    state: AtomicUsize,
    /// A thread has it.
    taken: AtomicBool,
    /// The thread's token.
    owner: AtomicUsize,
    /// The next in the list of all; written before the record is listed.
    next: AtomicPtr<Record>,
    /// How many pins of the thread nest. The thread's, as are the next five.
    depth: Cell<usize>,
    /// By how much the thread retires values faster than they are dropped: 0 for not at all.
    haste: Cell<usize>,
    /// The thread gives the record back when its last pin goes.
    temporary: Cell<bool>,
    /// Retired nodes that are memory only, and how many bytes they are.
    memory: Cell<Vec<Retired>>,
    bytes: Cell<usize>,
    /// Retired nodes that hold values.
    values: SpinLock<Vec<Retired>>,
}

// SAFETY: the cells are the thread's that took the record; taking it and giving it back are Acquire and Release.
unsafe impl Sync for Record {}
// SAFETY: as above.
unsafe impl Send for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

per_process! {
    static FIRST: AtomicPtr<Record> = AtomicPtr::new(ptr::null_mut())
}

/// Every record there is.
pub(super) fn all() -> impl Iterator<Item = &'static Record> {
    // Acquire pairs with the Release of `list`: the record is seen as it was made.
    let first = FIRST.load(Ordering::Acquire);
    // SAFETY: records are never given back.
    let record = |record: *mut Record| unsafe { record.as_ref() };
    std::iter::successors(record(first), move |each| record(each.next.load(Ordering::Acquire)))
}

/// A record that nobody else has, for the thread with this token.
pub(super) fn take(token: usize) -> &'static Record {
    // Acquire pairs with the Release of `end_lease`: the cells are seen as the last thread left them.
    let is_free =
        |record: &&Record| !record.taken.load(Ordering::Relaxed) && !record.taken.swap(true, Ordering::Acquire);
    let record = all().find(is_free).unwrap_or_else(list);
    // Relaxed, here and where it is read: read by a child of a fork only, in the thread that forked.
    record.owner.store(token, Ordering::Relaxed);
    record
}

/// A new record, listed.
fn list() -> &'static Record {
    let record: &'static Record = Box::leak(Box::new(Record {
        state: AtomicUsize::new(0),
        taken: AtomicBool::new(true),
        owner: AtomicUsize::new(0),
        haste: Cell::new(0),
        next: AtomicPtr::new(ptr::null_mut()),
        depth: Cell::new(0),
        temporary: Cell::new(false),
        memory: Cell::new(Vec::new()),
        bytes: Cell::new(0),
        values: SpinLock::new(Vec::new()),
    }));
    let mut first = FIRST.load(Ordering::Relaxed);
    loop {
        record.next.store(first, Ordering::Relaxed);
        // Release pairs with the Acquire of `all`. Who pins for the first time and is not seen by a scan: its light barrier
        // comes after this, as after any pin.
        let record = ptr::from_ref(record).cast_mut();
        match FIRST.compare_exchange(first, record, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => break,
            Err(now) => first = now,
        }
    }
    record
}

impl Record {
    /// The thread is inside from now on.
    #[inline]
    pub(super) fn enter(&self) {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        if depth > 0 {
            return;
        }
        if cfg!(tsan) {
            // It does not understand barriers; read-modify-writes of one word are in one order.
            self.state.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let state = self.state.load(Ordering::Relaxed);
        self.state.store(state.wrapping_add(1), Ordering::Relaxed);
        // Pairs with the heavy barrier of a scan: it sees the odd number, or we see what was taken out before it.
        light_barrier();
    }

    /// A pin of the thread goes.
    #[inline]
    pub(super) fn exit(&self) {
        let depth = self.depth.get() - 1;
        self.depth.set(depth);
        if depth == 0 {
            let state = self.state.load(Ordering::Relaxed);
            // Release pairs with the Acquire of `state`: what the thread read is read before it is given back.
            self.state.store(state.wrapping_add(1), Ordering::Release);
            self.end_if_temporary();
        }
    }

    /// The number now.
    pub(super) fn state(&self) -> usize {
        // Acquire pairs with the Release of `exit`.
        match cfg!(tsan) {
            true => self.state.fetch_add(0, Ordering::AcqRel),
            false => self.state.load(Ordering::Acquire),
        }
    }

    /// Whether the thread with this token has it.
    #[cfg(not(loom))]
    pub(super) fn is_of(&self, token: usize) -> bool {
        token != 0 && self.taken.load(Ordering::Relaxed) && self.owner.load(Ordering::Relaxed) == token
    }

    /// Whether the thread is pinned; by itself.
    pub(super) fn is_inside(&self) -> bool {
        self.depth.get() > 0
    }

    /// By how much the thread is to slow down; by itself, as the next two.
    #[inline]
    pub(super) fn haste(&self) -> usize {
        self.haste.get()
    }

    pub(super) fn set_haste(&self, haste: usize) {
        self.haste.set(haste);
    }

    /// Waits a little, unless the thread is pinned: that would hold up what it waits for.
    #[cold]
    pub(super) fn slow_down(&self) {
        if !self.is_inside() {
            wait_for_flush(self.haste.take());
        }
    }

    /// Whether a thread has it.
    pub(super) fn is_taken(&self) -> bool {
        // Acquire pairs with the Release of `end_lease`: what its last thread read is read.
        self.taken.load(Ordering::Acquire)
    }

    pub(super) fn set_temporary(&self, is_temporary: bool) {
        self.temporary.set(is_temporary);
    }

    /// The thread is done with the record, unless it is pinned.
    #[inline]
    pub(super) fn end_if_temporary(&self) {
        if self.temporary.get() && self.depth.get() == 0 {
            self.end_lease();
        }
    }

    /// The thread ends, and the record is the next one's; unless the thread is pinned, and lets go of it later.
    #[cold]
    pub(super) fn end_lease(&self) {
        if self.depth.get() > 0 {
            self.temporary.set(true);
            return;
        }
        let memory = self.memory.take();
        self.bytes.set(0);
        // Release pairs with the Acquire of `take`.
        self.taken.store(false, Ordering::Release);
        if !memory.is_empty() {
            super::surrender_memory(memory);
        }
    }

    /// Adds to what is memory only; all of it, if that is enough for a batch. By the record's thread.
    #[inline]
    pub(super) fn push_memory(&self, retired: Retired, bytes: usize) -> Option<Vec<Retired>> {
        // Taken out meanwhile: the list's own memory may come from an allocator that retires something.
        let mut memory = self.memory.take();
        memory.push(retired);
        self.bytes.set(self.bytes.get() + bytes);
        let is_full = memory.len() >= FULL || self.bytes.get() >= FULL_BYTES;
        let full = is_full.then(|| {
            self.bytes.set(0);
            mem::replace(&mut memory, Vec::with_capacity(FULL))
        });
        let meanwhile = self.memory.replace(memory);
        if !meanwhile.is_empty() {
            super::surrender_memory(meanwhile);
        }
        full
    }

    /// Adds to what holds values; how many there are.
    #[inline]
    pub(super) fn push_value(&self, retired: Retired) -> usize {
        self.values.with(|values| {
            values.push(retired);
            values.len()
        })
    }

    /// What was retired here and holds values.
    pub(super) fn take_values(&self) -> Vec<Retired> {
        self.values.with(mem::take)
    }

    /// In the child of a fork, of a record whose thread is not there. It may have been in the middle of anything.
    ///
    /// # Safety
    /// No thread has the record.
    #[cfg(not(loom))]
    pub(super) unsafe fn lose_thread(&self) {
        // A list in the middle of a change is not here.
        mem::forget(self.memory.take());
        self.bytes.set(0);
        self.values.forget_if_stale(Vec::new());
        self.depth.set(0);
        self.temporary.set(false);
        let state = self.state.load(Ordering::Relaxed);
        self.state.store(state.wrapping_add(state % 2), Ordering::Relaxed);
        self.taken.store(false, Ordering::Relaxed);
    }
}
