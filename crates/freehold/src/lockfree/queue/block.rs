//! A block of the queue: places that are filled once and emptied once, in the order of two counters.

use super::super::node;
use super::super::serial::Serial;
use crate::primitive::{AtomicPtr, AtomicUsize, Life, Ordering, size};
use crate::trace::{Trace, Tracer};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr;

/// Places in a block. Models have so few that they come to the next one.
pub(super) const PLACES: usize = size(2, 62);

const EMPTY: usize = 0;
const FULL: usize = 1;
/// Nothing is there, and nothing will be.
const SPENT: usize = 2;

/// One of the chain.
pub(super) struct Block<T> {
    /// Places that pushing threads have drawn, and pushes that came too late.
    pub(super) pushed: AtomicUsize,
    /// Places that popping threads have drawn, and pops that came too late.
    pub(super) popped: AtomicUsize,
    pub(super) next: AtomicPtr<Block<T>>,
    pub(super) serial: Serial,
    pub(super) life: Life,
    places: [Place<T>; PLACES],
}

struct Place<T> {
    state: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Block<T> {
    /// An empty block.
    pub(super) fn new() -> *mut Block<T> {
        let block = node::place::<Block<T>>();
        // In place, for places may be large.
        // SAFETY: a fresh block; each field is written, but for the values, which need not be initialised.
        unsafe {
            (&raw mut (*block).pushed).write(AtomicUsize::new(0));
            (&raw mut (*block).popped).write(AtomicUsize::new(0));
            (&raw mut (*block).next).write(AtomicPtr::new(ptr::null_mut()));
            (&raw mut (*block).serial).write(Serial::new());
            (&raw mut (*block).life).write(Life::new());
            for place in 0..PLACES {
                (&raw mut (*block).places[place].state).write(AtomicUsize::new(EMPTY));
            }
        }
        block
    }

    /// Puts a value into a place that the caller has drawn; gives it back if a pop was there first.
    ///
    /// # Safety
    /// No other push has drawn the place.
    #[inline]
    pub(super) unsafe fn fill(&self, place: usize, value: T) -> Result<(), T> {
        let place = &self.places[place];
        // SAFETY: the caller's alone until the place is full.
        unsafe { place.value.get().cast::<T>().write(value) };
        // Release pairs with the Acquire of `spend` and `is_full`: the value is seen.
        match place
            .state
            .compare_exchange(EMPTY, FULL, Ordering::Release, Ordering::Relaxed)
        {
            Ok(_) => Ok(()),
            // SAFETY: written above, and the pop that spent the place did not touch it.
            Err(_) => Err(unsafe { (*place.value.get()).assume_init_read() }),
        }
    }

    /// Spends a place that the caller has drawn; whether there is a value, which is the caller's.
    #[inline]
    pub(super) fn spend(&self, place: usize) -> bool {
        // Acquire pairs with the Release of `fill`.
        self.places[place].state.swap(SPENT, Ordering::Acquire) == FULL
    }

    /// Takes the value out of a place.
    ///
    /// # Safety
    /// The caller has spent the place, there was a value, and nobody looks at it.
    #[inline]
    pub(super) unsafe fn take(&self, place: usize) -> T {
        // SAFETY: as the caller promised. Read, and the place is not used again.
        unsafe { (*self.places[place].value.get()).assume_init_read() }
    }

    /// Whether pops have drawn all that pushes have.
    #[inline]
    pub(super) fn is_exhausted(&self) -> bool {
        // SeqCst, and in this order: at the second load no fewer pops had been drawn than at the first.
        let popped = self.popped.load(Ordering::SeqCst);
        popped >= self.pushed.load(Ordering::SeqCst).min(PLACES)
    }

    /// The next block, while pinned.
    pub(super) fn next(&self) -> Option<&Block<T>> {
        // SAFETY: a block that was found while pinned stays; Acquire pairs with the Release of who put it there.
        unsafe { self.next.load(Ordering::SeqCst).as_ref() }
    }

    /// Whether a place holds a value that no pop has got to.
    pub(super) fn is_full(&self, place: usize) -> bool {
        // Acquire pairs with the Release of `fill`.
        self.places[place].state.load(Ordering::Acquire) == FULL
    }
}

impl<T: Trace> Block<T> {
    /// Shows what is in the places from `first` on; while the collector is present.
    pub(super) fn show(&self, first: usize, tracer: &mut Tracer) {
        let full = (first..PLACES).filter(|&place| self.is_full(place));
        tracer.each(full, |place, tracer| {
            // SAFETY: full, so initialised; and whoever spends the place waits until the collector has left.
            unsafe { (*self.places[place].value.get()).assume_init_ref() }.trace(tracer);
        });
    }
}
