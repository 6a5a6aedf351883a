//! Which heap a thread works in, and the pool's two operations.
//!
//! A thread starts with the empty heap, whose bins have no slots, so that the fast path asks nothing. Its first slow path
//! takes an idle heap, left by a thread that ended, or makes one. When the thread ends, the heap becomes idle. Code that
//! runs after that (destructors of other thread-locals) allocates from one heap that all such code shares under a lock.

use crate::fork::{self, Lock};
use crate::heap::{Heap, tell};
use crate::large::free_large;
use crate::page::{Kind, Page, Place};
use crate::poison;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::source::{Range, bin_of};
use crate::stats::{self, Remote};
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::MutexGuard;

static EMPTY_HEAP: Heap = Heap::new();
static IDLE: Lock<Vec<&'static Heap>> = Lock::new(Vec::new());
/// The heap of threads whose thread-locals are gone.
static LATE: Lock<Heap> = Lock::new(Heap::new());

/// The locks around heaps that are no thread's, held across a fork.
pub(crate) struct Held {
    _late: MutexGuard<'static, Heap>,
    _idle: MutexGuard<'static, Vec<&'static Heap>>,
}

/// Takes these locks.
pub(crate) fn hold() -> Held {
    Held {
        _late: LATE.lock(),
        _idle: IDLE.lock(),
    }
}

thread_local! {
    // No destructor, so it can be read at any time, and reading it is one load.
    static HEAP: Cell<&'static Heap> = const { Cell::new(&EMPTY_HEAP) };
    static LEAVE: Leave = const { Leave };
    static REMOTE: Remote = const { Remote::new() };
}

/// Leaves the thread's heap to others when the thread ends.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        let heap = HEAP.replace(&EMPTY_HEAP);
        if !ptr::eq(heap, &EMPTY_HEAP) {
            heap.give_back_empty();
            IDLE.lock().push(heap);
        }
    }
}

/// Takes a slot of `class` for `kind`, or `None` if there is no memory. Its first word is as the last user left it, or
/// zero; the rest is undefined. O(1); no lock and no atomic read-modify-write unless a page runs out.
#[inline]
pub fn alloc(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    alloc_fast(class, kind).or_else(|| alloc_slow(class, kind))
}

/// The fast path of [`alloc`]: `None` if the thread's current page has no slot at hand.
#[inline]
pub fn alloc_fast(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    HEAP.get().pop(bin_of(class, kind))
}

/// The slow path of [`alloc`], for callers that do something of their own when a page runs out.
#[cold]
pub fn alloc_slow(class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
    if ptr::eq(HEAP.get(), &EMPTY_HEAP) {
        fork::register();
        if LEAVE.try_with(|_| ()).is_err() {
            return LATE.lock().pop_slow(class, kind);
        }
        let idle = IDLE.lock().pop();
        HEAP.set(idle.unwrap_or_else(|| Box::leak(Box::new(Heap::new()))));
    }
    HEAP.get().pop_slow(class, kind)
}

/// The bytes in a slot, header included: at least what was asked for. O(1).
///
/// # Safety
/// `slot` came from [`alloc`] or [`alloc_large`](crate::alloc_large) and was not given back.
pub unsafe fn slot_size(slot: NonNull<Slot>) -> usize {
    // SAFETY: there is a slot, so there is a range.
    let range = unsafe { Range::existing().unwrap_unchecked() };
    range.page(range.index_of(slot.as_ptr() as usize)).stride()
}

/// Gives a slot back; any thread. O(1); no lock and no atomic read-modify-write when this thread owns the page, except
/// when a page empties.
///
/// # Safety
/// `slot` came from [`alloc`] or [`alloc_large`](crate::alloc_large), is not used again but for its header word, and is
/// given back once.
#[inline]
pub unsafe fn free(slot: NonNull<Slot>) {
    // SAFETY: there is a slot, so there is a range.
    let range = unsafe { Range::existing().unwrap_unchecked() };
    let page = range.page(range.index_of(slot.as_ptr() as usize));
    poison::hide(page, slot.as_ptr());
    let heap = HEAP.get();
    if !ptr::eq(page.owner(), heap) {
        // SAFETY: as the caller promised.
        return unsafe { free_slow(range, page, slot) };
    }
    // SAFETY: the slot is ours to link, and this thread owns the page's list.
    unsafe { Slot::set_next(slot.as_ptr(), page.free.get()) };
    page.free.set(slot.as_ptr());
    let used = page.used.get() - 1;
    page.used.set(used);
    let place = page.place.get();
    if place != Place::Current && (used == 0 || place == Place::Full) {
        heap.freed_slow(page);
    }
}

/// # Safety
/// As for [`free`].
#[cold]
unsafe fn free_slow(range: &Range, page: &'static Page, slot: NonNull<Slot>) {
    if page.is_large() {
        if let Some(kind) = page.kind() {
            free_large(range, page, kind);
        }
        return;
    }
    if let Some(kind) = page.kind()
        && REMOTE.try_with(|remote| remote.count(kind)).is_err()
    {
        stats::uncount(kind, 1);
    }
    // SAFETY: the caller gives the slot away, and the page is its own.
    if unsafe { page.remote().push(slot.as_ptr()) } {
        tell(page);
    }
}
