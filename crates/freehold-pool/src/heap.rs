//! A thread's heap: a bin for each size class and kind.
//!
//! A bin has a *current* page that allocation pops slots from, and a list of further pages that may have free slots. A
//! page found full leaves the list and asks to be told of the next remote free (`remote.rs`); a local free lists it again.
//!
//! One thread at a time works in a heap. Heaps are never deallocated: when a thread ends, its heap waits for the next
//! thread (`thread.rs`), so a pointer to a heap that another thread read a while ago always points at a heap.

use crate::list::PageList;
use crate::page::{Kind, PAGE_SIZE, Page, Place};
use crate::poison;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::source::{self, BINS, Range, bin_of};
use crate::stats;
use crate::told::ToldList;
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// A fresh page links its slots this many bytes at a time, so that a page that is never filled is never touched whole.
const EXTEND_BYTES: usize = 4096;

/// A page without slots: the current page of a bin that has none.
pub(crate) static EMPTY_PAGE: Page = Page::empty();

pub(crate) struct Bin {
    pub(crate) current: Cell<*const Page>,
    listed: PageList,
}

pub(crate) struct Heap {
    bins: [Bin; BINS],
    /// Full pages that other threads have freed into.
    pub(crate) told: ToldList,
}

// SAFETY: one thread at a time uses the bins (see `thread.rs`, which hands heaps over under a lock); `told` is atomic.
unsafe impl Sync for Heap {}
// SAFETY: as above.
unsafe impl Send for Heap {}

impl Heap {
    pub(crate) const fn new() -> Self {
        Heap {
            bins: [const {
                Bin {
                    current: Cell::new(&raw const EMPTY_PAGE),
                    listed: PageList::new(),
                }
            }; BINS],
            told: ToldList::new(),
        }
    }

    fn current(&self, bin: usize) -> &'static Page {
        // SAFETY: a bin's current page is the empty page or a descriptor of the table; both are static.
        unsafe { &*self.bins[bin].current.get() }
    }

    /// Takes a slot from the bin's current page.
    #[inline]
    pub(crate) fn pop(&self, bin: usize) -> Option<NonNull<Slot>> {
        let page = self.current(bin);
        let slot = NonNull::new(page.free.get())?;
        // SAFETY: the owner alone holds the page's free list.
        page.free.set(unsafe { Slot::next(slot.as_ptr()) });
        page.used.set(page.used.get() + 1);
        poison::show(page, slot.as_ptr());
        Some(slot)
    }

    /// Finds the bin a page with room, then takes a slot from it. `None`: no memory.
    #[cold]
    pub(crate) fn pop_slow(&self, class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
        let bin = bin_of(class, kind);
        if !self.refill(self.current(bin)) {
            let page = self.find(bin).or_else(|| self.fresh(class, kind))?;
            self.set_aside(bin);
            page.place.set(Place::Current);
            self.bins[bin].current.set(page);
            begin_allocating(page);
            self.refill(page);
        }
        self.pop(bin)
    }

    /// Gives the page's free list a slot, from remote frees or from beyond its extent; `false` if it is full.
    fn refill(&self, page: &Page) -> bool {
        self.collect(page);
        if page.free.get().is_null() {
            self.extend(page);
        }
        stats::account(page);
        !page.free.get().is_null()
    }

    /// Moves the remote list's slots to the free list. Whoever freed them has taken them off the process-wide count.
    fn collect(&self, page: &Page) {
        let mut slot = page.remote().take();
        while !slot.is_null() {
            // SAFETY: `take` gave us the list, and the free list is the owner's.
            let next = unsafe { Slot::next(slot) };
            // SAFETY: as above.
            unsafe { Slot::set_next(slot, page.free.get()) };
            page.free.set(slot);
            page.used.set(page.used.get() - 1);
            page.counted.set(page.counted.get().wrapping_sub(1));
            slot = next;
        }
    }

    fn extend(&self, page: &Page) {
        let (extent, capacity) = (page.extent(), page.capacity());
        if extent == capacity {
            return;
        }
        let stride = page.stride();
        let end = capacity.min(extent + (EXTEND_BYTES / stride).max(1) as u32);
        let Some(range) = source::range() else { return };
        let start = range.start(range.number(page));
        let mut next = ptr::null_mut();
        for index in (extent..end).rev() {
            // SAFETY: below the capacity, so within the page; fresh memory that the owner alone knows of.
            let slot = unsafe { start.add(index as usize * stride) }.cast::<Slot>();
            // The page may have had other slots before.
            poison::show(page, slot);
            // SAFETY: as above.
            unsafe { Slot::set_next(slot, next) };
            next = slot;
        }
        page.free.set(next);
        page.set_extent(end);
    }

    /// A page of the bin with room: a listed one, or one that other threads have freed into.
    fn find(&self, bin: usize) -> Option<&'static Page> {
        loop {
            while let Some(page) = self.bins[bin].listed.pop() {
                self.collect(page);
                if page.has_room() {
                    return Some(page);
                }
                self.put_full(page);
            }
            self.take_told();
            if self.bins[bin].listed.is_empty() {
                return None;
            }
        }
    }

    /// Lists the pages that other threads have freed into, and gives the empty ones back.
    pub(crate) fn take_told(&self) {
        for page in self.told.take().map(Page::of_link) {
            if !ptr::eq(page.owner(), self) {
                // The page changed heaps between the push and now.
                tell(page);
            } else if page.place.get() == Place::Full {
                self.collect(page);
                self.settle(page);
            }
        }
    }

    fn fresh(&self, class: SizeClass, kind: Kind) -> Option<&'static Page> {
        let page = source::range()?.take_page(class, kind)?;
        page.set_owner(ptr::from_ref(self).cast_mut());
        Some(page)
    }

    /// The bin's current page is full: stop looking at it until somebody frees into it.
    fn set_aside(&self, bin: usize) {
        let page = self.current(bin);
        if !ptr::eq(page, &EMPTY_PAGE) {
            page.allocating().end();
            self.put_full(page);
        }
    }

    fn put_full(&self, page: &'static Page) {
        page.place.set(Place::Full);
        stats::account(page);
        if !page.remote().watch() {
            // A slot came back at the last moment.
            self.collect(page);
            self.settle(page);
        }
    }

    /// A page that is not current had a slot freed by the owner, and is full no longer, or empty.
    #[cold]
    pub(crate) fn freed_slow(&self, page: &'static Page) {
        if page.place.get() == Place::Full {
            // Also takes the mark back: from here on the owner looks by itself.
            self.collect(page);
        }
        self.settle(page);
    }

    /// Puts a page of which slots came free where it belongs: in its bin's list, or, empty, back to the source.
    fn settle(&self, page: &'static Page) {
        stats::account(page);
        let listed = &self.bins[page.bin.get() as usize].listed;
        match page.place.get() {
            Place::Current => return,
            Place::Listed => listed.remove(page),
            Place::Full => {}
        }
        // One page is kept, so that a bin on the edge does not trade pages at every step.
        if page.used.get() > 0 || listed.is_empty() || page.tell().is_marked() {
            listed.push(page);
        } else {
            page.place.set(Place::Current);
            give_back(page);
        }
    }

    /// Gives back every page without a slot in use. For the end of a thread.
    pub(crate) fn give_back_empty(&self) {
        self.take_told();
        for bin in &self.bins {
            let mut kept = Vec::new();
            while let Some(page) = bin.listed.pop() {
                kept.push(page);
            }
            let current = bin.current.replace(&raw const EMPTY_PAGE);
            if !ptr::eq(current, &EMPTY_PAGE) {
                // SAFETY: as in `current`.
                let current = unsafe { &*current };
                current.allocating().end();
                kept.push(current);
            }
            for page in kept {
                self.collect(page);
                stats::account(page);
                if page.used.get() == 0 && !page.tell().is_marked() {
                    give_back(page);
                } else if page.has_room() {
                    bin.listed.push(page);
                } else {
                    self.put_full(page);
                }
            }
        }
    }
}

/// Tells a page's owner that somebody freed into it.
pub(crate) fn tell(page: &'static Page) {
    while page.tell().mark() {
        // SAFETY: an owner is null or a heap, and heaps are never deallocated.
        if let Some(owner) = unsafe { page.owner().as_ref() } {
            return owner.told.push(page.tell());
        }
        // The owner has seen our slot, found the page empty and given it back. The mark must not stay, or nobody would
        // tell the next owner; and if there is one by now, others may have relied on the mark.
        page.tell().clear();
        if page.owner().is_null() {
            return;
        }
    }
}

/// From here on the page is fresh, until its owner has left it and somebody has looked at it.
fn begin_allocating(page: &'static Page) {
    if let Some(range) = Range::existing() {
        page.allocating().begin(range.fresh_bit(range.number(page)));
    }
}

fn give_back(page: &'static Page) {
    if let Some(range) = Range::existing() {
        range.give_page(page);
    }
}

const _: () = assert!(EXTEND_BYTES <= PAGE_SIZE);
