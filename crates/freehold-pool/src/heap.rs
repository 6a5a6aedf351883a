//! A thread's heap: a bin for each size class and kind.
//!
//! A bin has a *current* page that allocation pops slots from, and a list of further pages that may have free slots. A
//! page found full moves to the heap's list of full ones and asks to be told of the next remote free (`remote.rs`); it is
//! listed with its bin again, last, when an eighth of it is free.
//!
//! One thread at a time works in a heap. Heaps are never deallocated, so a pointer to a heap that another thread read a while
//! ago always points at a heap; that of a thread that ended is empty, and waits for the next thread (`orphans.rs`).

use crate::hardened;
use crate::holes;
use crate::list::PageList;
use crate::orphans;
use crate::page::{Count, Kind, PAGE_SIZE, Page, Place};
use crate::poison;
use crate::range::{Range, range};
use crate::shelf::Shelf;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::source::{BINS, bin_of};
use crate::spans::Pages;
use crate::stats;
use crate::tls;
use crate::told::ToldList;
use std::cell::Cell;
use std::mem::offset_of;
use std::ptr::{self, NonNull};

/// A fresh page links its slots this many bytes at a time, so that a page that is never filled is never touched whole.
const EXTEND_BYTES: usize = 4096;

/// A page without slots: the current page of a bin that has none.
static EMPTY_PAGE: Page = Page::empty();

pub(crate) struct Bin {
    pub(crate) listed: PageList,
    /// Slots that other threads freed, as they came back; wraps.
    pub(crate) remote_frees: Count,
}

#[repr(C)]
pub(crate) struct Heap {
    /// Full pages that other threads have freed into. First: a heap is known to its pages by the address of this list.
    pub(crate) told: ToldList,
    /// By bin, the page that is allocated from. Apart from the rest of the bins, which is rarely needed.
    current: [Cell<*const Page>; BINS],
    pub(crate) bins: [Bin; BINS],
    full: PageList,
    /// Large blocks that were freed.
    pub(crate) shelf: Shelf,
    /// A page was extended.
    has_extended: Cell<bool>,
    /// The next of all heaps there are; written before the heap is known to others.
    pub(crate) next: Cell<Option<&'static Heap>>,
    /// The next heap without a thread.
    pub(crate) next_idle: Cell<Option<&'static Heap>>,
}

const _: () = assert!(
    offset_of!(Heap, told) == 0,
    "a page's owner is found from its told list"
);

// SAFETY: one thread at a time uses the bins (see `orphans.rs`, which hands heaps over under a lock); `told` is atomic, and so
// are the numbers that others glance at.
unsafe impl Sync for Heap {}
// SAFETY: as above.
unsafe impl Send for Heap {}

impl Heap {
    pub(crate) const fn new() -> Self {
        Heap {
            told: ToldList::new(),
            current: [const { Cell::new(&raw const EMPTY_PAGE) }; BINS],
            bins: [const {
                Bin {
                    listed: PageList::new(Place::Listed),
                    remote_frees: Count::new(),
                }
            }; BINS],
            full: PageList::new(Place::Full),
            shelf: Shelf::new(),
            has_extended: Cell::new(false),
            next: Cell::new(None),
            next_idle: Cell::new(None),
        }
    }

    #[inline]
    fn current(&self, bin: usize) -> &'static Page {
        debug_assert!(bin < BINS);
        // SAFETY: the caller's bin is that of a class and kind, which is below `BINS`.
        let current = unsafe { self.current.get_unchecked(bin) }.get();
        // SAFETY: a bin's current page is the empty page or a descriptor of the table; both are static.
        unsafe { &*current }
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
        hardened::take(page, slot.as_ptr());
        Some(slot)
    }

    /// Finds the bin a page with room, then takes a slot from it. `None`: no memory.
    #[cold]
    pub(crate) fn pop_slow(&self, class: SizeClass, kind: Kind) -> Option<NonNull<Slot>> {
        let bin = bin_of(class, kind);
        if !self.refill(self.current(bin)) {
            let page = self
                .find(bin)
                .or_else(|| orphans::adopt(self, bin))
                .or_else(|| self.fresh(class, kind))
                .or_else(|| self.find_full(bin))?;
            self.set_aside(bin);
            self.current[bin].set(page);
            begin_allocating(page);
            self.refill(page);
        }
        self.pop(bin)
    }

    /// As [`pop_slow`](Self::pop_slow), and whether the slot reads as zero but for its link: it was never handed out.
    #[cold]
    pub(crate) fn pop_zeroed(&self, class: SizeClass, kind: Kind) -> Option<(NonNull<Slot>, bool)> {
        self.has_extended.set(false);
        let slot = self.pop_slow(class, kind)?;
        let is_clean = self.current(bin_of(class, kind)).is_clean.get();
        // A page is extended only when its free list is empty, and large slots are linked one by one: this is the one.
        Some((
            slot,
            class.size() >= EXTEND_BYTES && is_clean && self.has_extended.get(),
        ))
    }

    /// Gives the page's free list a slot, from remote frees or from beyond its extent; `false` if it is full.
    fn refill(&self, page: &Page) -> bool {
        self.collect(page);
        if page.free.get().is_null() {
            self.has_extended.set(!holes::fill(page) && extend(page));
        }
        stats::account(page);
        !page.free.get().is_null()
    }

    /// Moves the remote list's slots to the free list. Whoever freed an object has taken it off the process-wide count.
    pub(crate) fn collect(&self, page: &Page) {
        let (mut slot, mut slots) = (page.remote().take(), 0);
        while !slot.is_null() {
            hardened::check_link(page, slot);
            // SAFETY: `take` gave us the list, and the free list is the owner's.
            let next = unsafe { Slot::next(slot) };
            // SAFETY: as above.
            unsafe { Slot::set_next(slot, page.free.get()) };
            page.free.set(slot);
            slots += 1;
            slot = next;
        }
        if slots > 0 {
            page.used.set(page.used.get() - slots);
            if page.kind() != Some(Kind::Raw) {
                page.counted.set(page.counted.get().wrapping_sub(slots));
            }
            let frees = &self.bins[page.bin() as usize].remote_frees;
            frees.set(frees.get().wrapping_add(slots));
        }
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

    /// Among the full pages one that has a free slot all the same. When there is no memory.
    fn find_full(&self, bin: usize) -> Option<&'static Page> {
        let page = self.full.iter().find(|page| {
            self.collect(page);
            page.bin() as usize == bin && page.has_room()
        })?;
        self.full.remove(page);
        Some(page)
    }

    /// Lists the pages that other threads have freed into, and gives the empty ones back.
    pub(crate) fn take_told(&self) {
        for link in self.told.take() {
            let page = Page::of_link(link);
            if !ptr::eq(page.owner(), self) {
                // The page changed heaps between the push and now.
                link.tell();
            } else if page.place() == Place::Full {
                self.collect(page);
                self.settle_full(page);
            }
        }
    }

    fn fresh(&self, class: SizeClass, kind: Kind) -> Option<&'static Page> {
        if kind == Kind::Raw
            && let Some(page) = self.shelf.take(1)
        {
            let range = Range::the();
            poison::show_all(range.start(range.number(page)), PAGE_SIZE);
            page.set_bin(bin_of(class, kind) as u8);
            page.is_clean.set(false);
            page.set_up_slots(kind, class.size());
            page.set_owner(self);
            return Some(page);
        }
        let page = range()?.take_page(class, kind)?;
        page.set_owner(self);
        orphans::count_taken();
        Some(page)
    }

    /// The bin's current page is full: stop looking at it until somebody frees into it.
    fn set_aside(&self, bin: usize) {
        if let Some(page) = self.take_current(bin) {
            self.put_full(page);
        }
    }

    fn take_current(&self, bin: usize) -> Option<&'static Page> {
        let page = self.current(bin);
        if ptr::eq(page, &EMPTY_PAGE) {
            return None;
        }
        self.current[bin].set(&raw const EMPTY_PAGE);
        page.allocating().end();
        Some(page)
    }

    /// Puts a page that is in no list among the full ones, unless enough comes free at the last moment.
    pub(crate) fn put_full(&self, page: &'static Page) {
        self.full.push(page);
        self.settle_full(page);
    }

    /// Asks to be told of a full page's next remote free, or lists the page if enough of it is free.
    fn settle_full(&self, page: &'static Page) {
        stats::account(page);
        while page.used.get() > page.wake() {
            if page.remote().watch() {
                return;
            }
            self.collect(page);
        }
        self.full.remove(page);
        self.list(page);
    }

    /// A page that is not current had a slot freed by the owner, and is empty, or full no longer.
    #[cold]
    pub(crate) fn freed_slow(&self, page: &'static Page) {
        stats::account(page);
        match page.place() {
            Place::Full => self.full.remove(page),
            Place::Listed => self.bins[page.bin() as usize].listed.remove(page),
            _ => return,
        }
        self.collect(page);
        self.list(page);
    }

    /// Lists a page with free slots, or gives it back if it is empty. One is kept, so that a bin on the edge does not trade pages
    /// at every step.
    fn list(&self, page: &'static Page) {
        let listed = &self.bins[page.bin() as usize].listed;
        if page.used.get() > 0 || listed.is_empty() || page.tell().is_marked() {
            listed.push(page);
        } else if page.kind() == Some(Kind::Raw) && self.is_callers() && !hardened::IS_ON && self.shelf.has_room(1) {
            page.set_owner(ptr::null());
            page.clear();
            self.shelf.put(page);
        } else {
            Range::the().give_page(page);
        }
    }

    /// Whether this is the calling thread's heap, and not one that is used under a lock.
    fn is_callers(&self) -> bool {
        ptr::eq(tls::heap(), self)
    }

    /// Makes no page current any more, and gives back those that are known to be empty. For the end of a thread; does not look at
    /// all pages, of which there may be many more than the thread ever used.
    pub(crate) fn settle_down(&self) {
        self.take_told();
        self.clear_shelf();
        for (bin, Bin { listed, .. }) in self.bins.iter().enumerate() {
            if let Some(current) = self.take_current(bin) {
                self.collect(current);
                stats::account(current);
                listed.push(current);
                self.give_back_if_empty(current);
            }
            // The one that is kept for the next allocation is the first, or will be found by a sweep.
            if let Some(first) = listed.iter().next() {
                self.give_back_if_empty(first);
            }
        }
    }

    /// Gives back the large blocks that were freed and kept. `false`: there are none.
    pub(crate) fn clear_shelf(&self) -> bool {
        let blocks = std::iter::from_fn(|| self.shelf.pop());
        blocks.map(|first| Range::the().give_shelved(first)).count() > 0
    }

    fn give_back_if_empty(&self, listed: &'static Page) {
        if listed.used.get() == 0 && !listed.tell().is_marked() {
            self.bins[listed.bin() as usize].listed.remove(listed);
            Range::the().give_page(listed);
        }
    }

    /// Looks at the first `most` listed pages of a bin, which become the last, and gives back those without a slot in use. Returns how
    /// many it looked at.
    pub(crate) fn give_back_empty_of(&self, bin: usize, most: usize) -> usize {
        let listed = &self.bins[bin].listed;
        let pages = listed.len().min(most);
        for _ in 0..pages {
            let Some(page) = listed.pop() else { break };
            self.collect(page);
            stats::account(page);
            listed.push(page);
            self.give_back_if_empty(page);
        }
        pages
    }

    /// Gives back every page without a slot in use.
    pub(crate) fn give_back_empty(&self) {
        self.settle_down();
        (0..BINS).for_each(|bin| _ = self.give_back_empty_of(bin, usize::MAX));
    }

    /// Gives back every page without a slot in use, and the memory within others that no slot in use needs. Returns how many bytes
    /// the latter were.
    pub(crate) fn trim(&self) -> usize {
        self.give_back_empty();
        let listed = self.bins.iter().flat_map(|bin| bin.listed.iter());
        let trimmed = listed.chain(self.full.iter()).map(|page| {
            self.collect(page);
            holes::make(page)
        });
        trimmed.sum()
    }

    /// Moves every page to another heap. The caller has both.
    pub(crate) fn move_pages(&self, to: &Heap) {
        for bin in &self.bins {
            while let Some(page) = bin.listed.pop() {
                page.set_owner(to);
                to.bins[page.bin() as usize].listed.push(page);
            }
        }
        while let Some(page) = self.full.pop() {
            page.set_owner(to);
            to.full.push(page);
        }
    }

    /// Every page of the heap. Its owner only.
    #[cfg(test)]
    pub(crate) fn pages(&self) -> Vec<&'static Page> {
        let current = (0..BINS).map(|bin| self.current(bin));
        let current = current.filter(|page| !ptr::eq(*page, &EMPTY_PAGE));
        let listed = self.bins.iter().flat_map(|bin| bin.listed.iter());
        current.chain(listed).chain(self.full.iter()).collect()
    }

    /// Whether every list agrees with itself and its pages, and every page knows its heap.
    #[cfg(test)]
    pub(crate) fn is_valid(&self) -> bool {
        let is_ours = |page: &Page| ptr::eq(page.owner(), self) && page.is_valid();
        let full = self.full.is_valid() && self.full.iter().all(is_ours);
        full && self.bins.iter().enumerate().all(|(number, bin)| {
            let current = self.current(number);
            let current = ptr::eq(current, &EMPTY_PAGE) || current.place() == Place::Current && is_ours(current);
            let listed = bin
                .listed
                .iter()
                .all(|page| is_ours(page) && page.bin() as usize == number);
            current && listed && bin.listed.is_valid()
        })
    }
}

/// Links more slots of the page, from beyond its extent; `false` if there are none.
fn extend(page: &Page) -> bool {
    let (extent, capacity) = (page.extent(), page.capacity());
    if extent == capacity {
        return false;
    }
    let stride = page.stride();
    let end = capacity.min(extent + (EXTEND_BYTES / stride).max(1) as u32);
    let start = Range::the().start(Range::the().number(page));
    let mut next = ptr::null_mut();
    for index in hardened::order(extent..end) {
        // SAFETY: below the capacity, so within the page; fresh memory that the owner alone knows of.
        let slot = unsafe { start.add(index as usize * stride) }.cast::<Slot>();
        // The page may have had other slots before.
        poison::show(page, slot);
        hardened::prepare(page, slot);
        // SAFETY: as above.
        unsafe { Slot::set_next(slot, next) };
        next = slot;
    }
    page.free.set(next);
    page.set_extent(end);
    true
}

/// From here on the page is fresh, until its owner has left it and somebody has looked at it.
fn begin_allocating(page: &'static Page) {
    if page.kind() != Some(Kind::Raw) {
        let range = Range::the();
        page.allocating().begin(range.fresh_bit(range.number(page)));
    }
}

const _: () = assert!(EXTEND_BYTES <= PAGE_SIZE);
