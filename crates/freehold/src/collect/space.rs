//! The slots that one collection considers.

use crate::header::Header;
use std::ops::Range;
use std::ptr::NonNull;

/// Slots in an order of their own: that of addresses, for a fast look-up; in models that of creation, which is the same in each
/// execution.
pub(crate) struct Slots(Vec<NonNull<Header>>);

// SAFETY: headers are made for sharing.
unsafe impl Sync for Slots {}

impl Slots {
    #[cfg(not(loom))]
    pub(crate) fn new(mut slots: Vec<NonNull<Header>>) -> Self {
        slots.sort_unstable();
        Slots(slots)
    }

    #[cfg(loom)]
    pub(crate) fn new(slots: Vec<NonNull<Header>>) -> Self {
        Slots(slots)
    }

    #[cfg(not(loom))]
    fn position(&self, slot: NonNull<Header>) -> Option<usize> {
        self.0.binary_search(&slot).ok()
    }

    #[cfg(loom)]
    fn position(&self, slot: NonNull<Header>) -> Option<usize> {
        self.0.iter().position(|&each| each == slot)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = NonNull<Header>> + '_ {
        self.0.iter().copied()
    }
}

impl Space for Slots {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn for_each_in(&self, range: Range<u32>, mut visit: impl FnMut(u32, NonNull<Header>)) {
        range.for_each(|index| visit(index, self.header(index)));
    }

    fn header(&self, index: u32) -> NonNull<Header> {
        self.0[index as usize]
    }

    fn index(&self, header: NonNull<Header>) -> Option<u32> {
        self.position(header).map(|index| index as u32)
    }
}

/// A fixed set of slots, numbered from 0. Slots may be vacant, and change hands meanwhile; header words can be read at any
/// time as long as the space lives.
pub(crate) trait Space: Sync {
    /// One more than the greatest number.
    fn len(&self) -> usize;

    /// Calls `visit` with each slot whose number is in the range, and the number, in order; numbers may be skipped.
    fn for_each_in(&self, range: Range<u32>, visit: impl FnMut(u32, NonNull<Header>));

    /// Calls `visit` with each slot.
    fn for_each(&self, visit: impl FnMut(u32, NonNull<Header>)) {
        self.for_each_in(0..self.len() as u32, visit);
    }

    /// The slot with this number, which `for_each` gave.
    fn header(&self, index: u32) -> NonNull<Header>;

    /// The number of a slot; `None` if it is not of this space.
    fn index(&self, header: NonNull<Header>) -> Option<u32>;
}
