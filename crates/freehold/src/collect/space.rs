//! The slots that one collection considers.

use crate::header::Header;
use std::ptr::NonNull;

/// A fixed set of slots, numbered from 0. Slots may be vacant, and change hands meanwhile; header words can be read at any
/// time as long as the space lives.
pub(crate) trait Space {
    /// One more than the greatest number.
    fn len(&self) -> usize;

    /// Calls `visit` with each slot and its number, in order; numbers may be skipped.
    fn for_each(&self, visit: impl FnMut(u32, NonNull<Header>));

    /// The slot with this number, which `for_each` gave.
    fn header(&self, index: u32) -> NonNull<Header>;

    /// The number of a slot; `None` if it is not of this space.
    fn index(&self, header: NonNull<Header>) -> Option<u32>;
}
