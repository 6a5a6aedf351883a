//! The page descriptor. This file owns the layout of a page.
//!
//! Descriptors lie in a table of their own, one per page of the range, so that a page's memory can be given back whole.
//! A descriptor that is all zero is a free page, or one inside a span.
//!
//! ```text
//! page, 64 KiB:   [first][slot 0][slot 1] … [slot extent-1][never handed out …][rest < one slot]
//! ```
//!
//! | fields | written by | read by |
//! | --- | --- | --- |
//! | `kind`, `stride`, `first`, `capacity`, `magic`, `span` | whoever takes the page from the source | anyone, after `kind` with Acquire |
//! | `extent`, `allocating` | owner | walkers |
//! | `free`, `used`, `counted`, `is_clean`, list fields | owner | owner; statistics glance at `used` |
//! | `remote` | anyone | owner |
//! | `tell`, with the page's owner in it | anyone; the owner by whoever has the page | anyone; equality with oneself is exact |
//! | `span`, `place`, list fields, `bin` of a free span's first and last page | the source, under its lock | the source |

use crate::fresh::Allocating;
use crate::heap::Heap;
use crate::primitive::Ordering;
use crate::remote::RemoteList;
use crate::slot::Slot;
use crate::told::TellLink;
use std::cell::Cell;
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU32};

/// The size of a page, in bytes.
pub const PAGE_SIZE: usize = 1 << PAGE_SHIFT;
pub(crate) const PAGE_SHIFT: usize = 16;

/// What the slots of a page are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Objects that may hold references: the candidates of a collection.
    Traced = 1,
    /// Objects that cannot hold a reference: never candidates, but enumerable all the same.
    Leaf = 2,
    /// Bytes of a general allocator, without a header: never enumerated, and no word of them outlives their use.
    Raw = 3,
}

impl Kind {
    /// The number of kinds.
    pub(crate) const COUNT: usize = 3;

    fn from_u8(value: u8) -> Option<Kind> {
        match value {
            1 => Some(Kind::Traced),
            2 => Some(Kind::Leaf),
            3 => Some(Kind::Raw),
            _ => None,
        }
    }
}

/// How the bytes of a page are told to slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Division {
    first: u32,
    /// ⌈2³²/stride⌉: multiplying and shifting divides exactly any offset within a page by any stride up to half a page, since
    /// the excess of the product, offset · (stride - 1) at most, stays below 2³². 0 for one slot, which needs no division.
    magic: u32,
}

impl Division {
    /// Which slot the byte at `offset` of the page belongs to.
    #[inline]
    pub fn slot_at(self, offset: usize) -> u32 {
        let within = offset as u64 - u64::from(self.first);
        ((within * u64::from(self.magic)) >> 32) as u32
    }
}

/// Where a page is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Place {
    /// Not in a list: it is its bin's current page, or free.
    Current = 0,
    /// In its bin's list of pages that may have free slots.
    Listed,
    /// In its heap's list of full pages: every slot was in use when it was last looked at.
    /// Some may be free since, but too few to be worth a look.
    Full,
    /// The first page of a free span.
    FreeFirst,
    /// The last page of a free span of several.
    FreeLast,
}

impl Place {
    fn from_u8(value: u8) -> Place {
        match value {
            0 => Place::Current,
            1 => Place::Listed,
            2 => Place::Full,
            3 => Place::FreeFirst,
            _ => Place::FreeLast,
        }
    }
}

/// A number that one thread at a time writes, and that others may glance at. A plain load and store.
#[derive(Debug)]
pub(crate) struct Count(AtomicU32);

impl Count {
    pub(crate) const fn new() -> Count {
        Count(AtomicU32::new(0))
    }

    /// Relaxed: the owner wrote it, or was handed the page under a lock; to others it is a statistic.
    #[inline]
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Relaxed: as `get`.
    #[inline]
    pub(crate) fn set(&self, to: u32) {
        self.0.store(to, Ordering::Relaxed);
    }
}

#[repr(C, align(128))]
pub(crate) struct Page {
    // The owner's cache line.
    pub(crate) free: Cell<*mut Slot>,
    pub(crate) used: Count,
    /// How many of `used` are contained in the process-wide count.
    pub(crate) counted: Cell<u32>,
    pub(crate) next: Cell<*const Page>,
    pub(crate) prev: Cell<*const Page>,
    capacity: AtomicU32,
    extent: AtomicU32,
    /// When so few slots are left in use, a free by the owner is something to look at.
    wake: Count,
    bin: AtomicU8,
    place: AtomicU8,
    /// Which sixteenths of the page have no memory, though slots were there; see `holes.rs`.
    pub(crate) holes: Cell<u16>,
    /// What lies beyond the extent reads as zero.
    pub(crate) is_clean: Cell<bool>,
    // Everyone's.
    shared: Shared,
}

#[repr(C, align(64))]
struct Shared {
    remote: RemoteList,
    tell: TellLink,
    stride: AtomicU32,
    first: AtomicU32,
    magic: AtomicU32,
    span: AtomicU32,
    kind: AtomicU8,
    allocating: Allocating,
}

const _: () = assert!(
    size_of::<Page>() == 128,
    "a descriptor is two cache lines: its owner's and everyone's"
);

// SAFETY: the owner's fields are touched by the owner only (see the table above); the rest is atomic.
unsafe impl Sync for Page {}

impl Page {
    /// A page without slots, so that an empty bin needs no branch of its own.
    pub(crate) const fn empty() -> Page {
        Page {
            free: Cell::new(ptr::null_mut()),
            used: Count::new(),
            counted: Cell::new(0),
            next: Cell::new(ptr::null()),
            prev: Cell::new(ptr::null()),
            capacity: AtomicU32::new(0),
            extent: AtomicU32::new(0),
            bin: AtomicU8::new(0),
            wake: Count::new(),
            place: AtomicU8::new(Place::Current as u8),
            holes: Cell::new(0),
            is_clean: Cell::new(false),
            shared: Shared {
                remote: RemoteList::new(),
                tell: TellLink::new(),
                stride: AtomicU32::new(0),
                first: AtomicU32::new(0),
                magic: AtomicU32::new(0),
                span: AtomicU32::new(0),
                kind: AtomicU8::new(0),
                allocating: Allocating::no(),
            },
        }
    }

    /// Gives a free page slots of one size; by the thread that took it from the source.
    pub(crate) fn set_up_slots(&self, kind: Kind, stride: usize) {
        self.set_up(kind, stride, 0, PAGE_SIZE / stride, 1);
    }

    /// Makes the first page of a span one large block, `first` bytes in; by the thread that took it from the source.
    pub(crate) fn set_up_large(&self, kind: Kind, first: usize, span: usize) {
        self.set_up(kind, 0, first, 1, span);
    }

    fn set_up(&self, kind: Kind, stride: usize, first: usize, capacity: usize, span: usize) {
        // Relaxed: published by the store to `kind` below.
        self.shared.stride.store(stride as u32, Ordering::Relaxed);
        self.shared.first.store(first as u32, Ordering::Relaxed);
        // See `Division`.
        let magic = if capacity == 1 {
            0
        } else {
            (1u64 << 32).div_ceil(stride as u64) as u32
        };
        self.shared.magic.store(magic, Ordering::Relaxed);
        self.capacity.store(capacity as u32, Ordering::Relaxed);
        self.extent.store(0, Ordering::Relaxed);
        self.shared.span.store(span as u32, Ordering::Relaxed);
        self.free.set(ptr::null_mut());
        self.holes.set(0);
        self.used.set(0);
        self.counted.set(0);
        self.set_place(Place::Current);
        // Release pairs with the Acquire in `kind`: a walker that sees the kind sees the layout.
        self.shared.kind.store(kind as u8, Ordering::Release);
    }

    /// Where the page is listed.
    pub(crate) fn place(&self) -> Place {
        // Relaxed: the owner's, and the source's, which looks whether its neighbours are free. Who makes a page free, or takes a
        // free one, holds the source's lock; other places are the owner's business.
        Place::from_u8(self.place.load(Ordering::Relaxed))
    }

    /// Which bin the page's slots are of; or which set a free span is in.
    pub(crate) fn bin(&self) -> u8 {
        // Relaxed: as in `place`.
        self.bin.load(Ordering::Relaxed)
    }

    pub(crate) fn set_bin(&self, bin: u8) {
        self.bin.store(bin, Ordering::Relaxed);
    }

    /// Says where the page is listed, and with that at how few slots in use a free must be looked at: never for the current
    /// page; at none for a listed one, which is empty then. A full one is worth listing again when an eighth of it is free: for a
    /// slot or two at a time, finding the page would cost more than allocating.
    pub(crate) fn set_place(&self, place: Place) {
        let capacity = self.capacity();
        self.wake.set(match place {
            Place::Listed => 0,
            Place::Full => capacity - (capacity / 8).max(1),
            _ => u32::MAX,
        });
        self.place.store(place as u8, Ordering::Relaxed);
    }

    /// At how few slots in use a free by the owner must be looked at.
    #[inline]
    pub(crate) fn wake(&self) -> u32 {
        self.wake.get()
    }

    /// Makes the page free. Only within a grace period, by the source.
    pub(crate) fn clear(&self) {
        // Relaxed: the source's lock orders this with the next `set_up`, and no walk is in progress.
        self.shared.kind.store(0, Ordering::Relaxed);
    }

    /// What the page's slots are for; `None` for a free page, or one inside a large block's span.
    pub(crate) fn kind(&self) -> Option<Kind> {
        // Acquire pairs with the Release in `set_up`.
        Kind::from_u8(self.shared.kind.load(Ordering::Acquire))
    }

    /// Whether the owner allocates from the page.
    pub(crate) fn allocating(&self) -> &Allocating {
        &self.shared.allocating
    }

    /// The slots freed by other threads.
    pub(crate) fn remote(&self) -> &RemoteList {
        &self.shared.remote
    }

    /// The page's place in its owner's told list.
    pub(crate) fn tell(&self) -> &TellLink {
        &self.shared.tell
    }

    /// The page that a link belongs to.
    pub(crate) fn of_link(link: &'static TellLink) -> &'static Page {
        const OFFSET: usize = offset_of!(Page, shared) + offset_of!(Shared, tell);
        // The link's own provenance does not reach the descriptor; the table's, exposed when it was made, does.
        let page = ptr::with_exposed_provenance(ptr::from_ref(link).addr() - OFFSET);
        // SAFETY: links stand in descriptors only, which are static.
        unsafe { &*page }
    }

    /// The heap that the page is in, or null. A thread that reads its own heap here put the page there itself; any other value
    /// only means "not mine".
    #[inline]
    pub(crate) fn owner(&self) -> *mut Heap {
        self.shared.tell.owner().cast()
    }

    /// Moves the page to another heap, or to none.
    pub(crate) fn set_owner(&self, heap: *const Heap) {
        self.shared.tell.move_to(heap.cast());
    }

    // The layout does not change while the caller holds a slot of the page or a walk, so Relaxed is enough in all these.

    /// Bytes from one slot to the next; all that is behind `first` on a large page.
    pub(crate) fn stride(&self) -> usize {
        match self.shared.stride.load(Ordering::Relaxed) {
            0 => (self.span() << PAGE_SHIFT) - self.first(),
            stride => stride as usize,
        }
    }

    pub(crate) fn first(&self) -> usize {
        self.shared.first.load(Ordering::Relaxed) as usize
    }

    pub(crate) fn capacity(&self) -> u32 {
        self.capacity.load(Ordering::Relaxed)
    }

    /// The number of pages of a large block or a free span; 1 for a page of slots.
    pub(crate) fn span(&self) -> usize {
        self.shared.span.load(Ordering::Relaxed) as usize
    }

    /// Says how many pages a span has: a free one, or a large block that grew or shrank.
    pub(crate) fn set_span(&self, pages: usize) {
        self.shared.span.store(pages as u32, Ordering::Relaxed);
    }

    /// The number of slots ever handed out, from the first; those behind have never been touched.
    pub(crate) fn extent(&self) -> u32 {
        // Acquire pairs with the Release in `set_extent`; a walker that misses the newest slots finds younger objects
        // later, which is allowed, since they were published after the walk began.
        self.extent.load(Ordering::Acquire)
    }

    pub(crate) fn set_extent(&self, extent: u32) {
        self.extent.store(extent, Ordering::Release);
    }

    /// How bytes of the page are told to slots.
    pub(crate) fn division(&self) -> Division {
        Division {
            first: self.shared.first.load(Ordering::Relaxed),
            magic: self.shared.magic.load(Ordering::Relaxed),
        }
    }

    /// Whether the page is one large block.
    pub(crate) fn is_large(&self) -> bool {
        self.shared.stride.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn has_room(&self) -> bool {
        !self.free.get().is_null() || self.extent() < self.capacity() || self.holes.get() != 0
    }

    /// Whether the free list stays within the page, ends, and agrees with the number in use. Its owner only.
    #[cfg(test)]
    pub(crate) fn is_valid(&self) -> bool {
        let range = crate::range::Range::the();
        let start = range.start(crate::spans::Pages::number(range, self)).addr();
        let (extent, stride) = (self.extent() as usize, self.stride());
        let mut free = vec![false; extent];
        let mut slot = self.free.get();
        while !slot.is_null() {
            let index = slot.addr().wrapping_sub(start) / stride;
            if index >= extent || start + index * stride != slot.addr() || std::mem::replace(&mut free[index], true) {
                return false;
            }
            if !crate::hardened::is_free(slot) {
                return false;
            }
            // SAFETY: the owner alone holds the list.
            slot = unsafe { Slot::next(slot) };
        }
        let free = free.iter().filter(|&&is_free| is_free).count() + crate::holes::withheld(self);
        self.kind().is_some() && free + self.used.get() as usize == extent && extent <= self.capacity() as usize
    }
}
