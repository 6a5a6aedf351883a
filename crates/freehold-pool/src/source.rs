//! The source of pages: free spans, clean and dirty, and pages that wait.
//!
//! A span that nobody uses is *clean* (it has no memory, and reads as zero) or *dirty* (it has the memory that its last user
//! left). Users of raw memory take either, dirty ones first; pages of objects must read as zero, so a dirty page is zeroed for
//! them. Dirty spans become clean when there are too many of them, or nobody needs them ([`decay`](crate::decay)).
//!
//! Pages of objects are free only after a [grace period](crate::grace). Empty ones are kept *warm*, up to [`WARM`] for each
//! bin, as they are: a heap that needs one of the same class takes it with its free list and versions intact.

use crate::decay::Decay;
use crate::grace::Grace;
use crate::growth::Growth;
use crate::os;
use crate::page::{Kind, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::pin::is_pinned;
use crate::poison;
use crate::range::{PAGES, Range};
use crate::size_class::{CLASSES, SizeClass};
use crate::spans::{Pages, Spans};
use crate::stack::PageStack;
use std::ptr;
use std::sync::MutexGuard;

/// Empty pages kept ready for each bin: one megabyte, enough to absorb an oscillation around a full heap.
const WARM: usize = 16;

/// How much longer than itself a place is where a growing block is put, for blocks of up to [`ROOMY`] pages, 32 MiB. A block that
/// doubles is moved every third time only.
const ROOM: usize = 8;
const ROOMY: usize = 512;

/// The number of bins: a size class for each kind.
pub(crate) const BINS: usize = CLASSES * Kind::COUNT;
/// The bins of objects come first.
const OBJECT_BINS: usize = CLASSES * (Kind::COUNT - 1);

/// The bin of a class and kind.
#[inline]
pub(crate) const fn bin_of(class: SizeClass, kind: Kind) -> usize {
    class.index() + (kind as usize - 1) * CLASSES
}

const _: () = assert!(Kind::Raw as usize == Kind::COUNT, "the bins of objects come first");

/// Pages taken from the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    /// Every byte reads as zero.
    pub(crate) is_clean: bool,
}

/// What the source's lock guards.
pub(crate) struct State {
    pub(crate) growth: Growth,
    pub(crate) clean: Spans,
    pub(crate) dirty: Spans,
    /// Empty pages that keep their class, by bin.
    pub(crate) warm: [PageStack; OBJECT_BINS],
    pub(crate) warm_pages: usize,
    /// Empty pages that keep their class without memory, by bin; of those that are [pinned](crate::pin).
    pub(crate) cold: [PageStack; OBJECT_BINS],
    pub(crate) grace: Grace<PageStack>,
    decay: Decay,
    /// Dirty pages that stay, whatever else.
    reserved: usize,
    /// Pages in no set, since their memory is being given back.
    releasing: usize,
}

/// Pages that no heap has, and what they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unused {
    pub(crate) clean: usize,
    pub(crate) dirty: usize,
    pub(crate) warm: usize,
    pub(crate) waiting: usize,
}

impl State {
    pub(crate) const fn new() -> Self {
        State {
            growth: Growth::new(false),
            clean: Spans::new(0),
            dirty: Spans::new(1),
            warm: [const { PageStack::new() }; OBJECT_BINS],
            warm_pages: 0,
            cold: [const { PageStack::new() }; OBJECT_BINS],
            grace: Grace::new(PageStack::new()),
            decay: Decay::new(),
            reserved: 0,
            releasing: 0,
        }
    }

    /// Pages that no heap has.
    pub(crate) fn unused(&self) -> Unused {
        Unused {
            clean: self.clean.pages() + self.growth.holes() + self.cold.iter().map(PageStack::pages).sum::<usize>(),
            dirty: self.dirty.pages(),
            warm: self.warm_pages,
            waiting: self.grace.waiting().pages(),
        }
    }

    /// Pages that were never in use.
    fn grow(&mut self, range: &Range, pages: usize) -> Option<usize> {
        self.growth.take(range, &mut self.clean, pages)
    }

    /// Dirty pages that may go.
    fn kept(&self) -> usize {
        self.dirty.pages().saturating_sub(self.reserved)
    }

    /// Tells the decay that dirty pages were taken.
    fn count_taken(&mut self) {
        let kept = self.kept();
        self.decay.taken(kept);
    }

    /// A page that has kept its class.
    fn take_kept(&mut self, bin: usize) -> Option<&'static Page> {
        self.take_warm(bin).or_else(|| self.cold[bin].pop())
    }

    fn take_warm(&mut self, bin: usize) -> Option<&'static Page> {
        let page = self.warm[bin].pop()?;
        self.warm_pages -= 1;
        Some(page)
    }
}

impl Range {
    /// A page for slots of `class`, set up; without owner. `None`: no memory.
    pub(crate) fn take_page(&self, class: SizeClass, kind: Kind) -> Option<&'static Page> {
        let bin = bin_of(class, kind);
        if kind != Kind::Raw
            && let Some(page) = self.state.lock().take_kept(bin)
        {
            return Some(page);
        }
        let span = self.take_span(1, 1, kind != Kind::Raw)?;
        let page = self.page(span.start);
        page.set_bin(bin as u8);
        page.is_clean.set(span.is_clean);
        page.set_up_slots(kind, class.size());
        Some(page)
    }

    /// Takes an empty page of slots back.
    pub(crate) fn give_page(&self, page: &'static Page) {
        debug_assert_eq!(page.used.get(), 0);
        page.set_owner(ptr::null());
        let bin = page.bin() as usize;
        let mut state = self.state.lock();
        if bin < OBJECT_BINS && state.warm[bin].pages() < WARM {
            state.warm[bin].push(page);
            state.warm_pages += 1;
        } else {
            self.retire(&mut state, page);
        }
        self.decay(state);
    }

    /// Takes `pages` pages that follow each other, the first of them a multiple of `align`; zeroed on demand. `None`: no memory.
    pub(crate) fn take_span(&self, pages: usize, align: usize, zeroed: bool) -> Option<Span> {
        let mut state = self.state.lock();
        // A span of this length has an aligned one in it, wherever it begins.
        let roomy = pages.checked_add(align - 1).filter(|&pages| pages <= PAGES)?;
        let mut span = match self.find_span(&mut state, roomy) {
            Some(span) => span,
            None => {
                state = self.consolidate(state);
                self.find_any(&mut state, roomy)?
            }
        };
        if roomy > pages {
            let aligned = self.aligned(span.start, align);
            for (start, end) in [(span.start, aligned), (aligned + pages, span.start + roomy)] {
                self.give_span(&mut state, start, end - start, span.is_clean);
            }
            span.start = aligned;
        }
        state.count_taken();
        self.decay(state);
        let bytes = pages << PAGE_SHIFT;
        poison::show_all(self.start(span.start), bytes);
        if zeroed && !span.is_clean {
            // SAFETY: the span is ours, and committed.
            unsafe { self.start(span.start).write_bytes(0, bytes) };
            span.is_clean = true;
        }
        Some(span)
    }

    /// As [`take_span`](Self::take_span), of pages that have [`ROOM`] times as many free ones behind them, if such can be had for
    /// nothing; for a block that grows and will grow again.
    pub(crate) fn take_span_with_room(&self, pages: usize) -> Option<Span> {
        if os::IS_LAZY && pages <= ROOMY {
            let mut state = self.state.lock();
            if let Some(span) = self.find_span(&mut state, pages * ROOM) {
                self.give_span(&mut state, span.start + pages, pages * (ROOM - 1), span.is_clean);
                state.count_taken();
                poison::show_all(self.start(span.start), pages << PAGE_SHIFT);
                return Some(span);
            }
        }
        self.take_span(pages, 1, false)
    }

    /// The first page from `start` on of which the address is a multiple of `align` pages.
    fn aligned(&self, start: usize, align: usize) -> usize {
        let address = self.start(start).addr() >> PAGE_SHIFT;
        start + (address.next_multiple_of(align) - address)
    }

    fn find_span(&self, state: &mut State, pages: usize) -> Option<Span> {
        if let Some(start) = state.dirty.take(self, pages) {
            return Some(Span { start, is_clean: false });
        }
        if let Some(start) = state.clean.take(self, pages) {
            return Some(Span { start, is_clean: true });
        }
        let start = state.grow(self, pages)?;
        Some(Span { start, is_clean: true })
    }

    /// As [`find_span`](Self::find_span), when that has found nothing.
    fn find_any(&self, state: &mut State, pages: usize) -> Option<Span> {
        if let Some(start) = state.clean.take_any(self, pages) {
            return Some(Span { start, is_clean: true });
        }
        let start = state.dirty.take_any(self, pages)?;
        Some(Span { start, is_clean: false })
    }

    /// Lengthens a block of `pages` pages by `more`, if those behind it are free. Whether they read as zero.
    pub(crate) fn extend_span(&self, start: usize, pages: usize, more: usize) -> Option<bool> {
        let mut state = self.state.lock();
        let end = start + pages;
        let is_clean = if state.dirty.take_at(self, end, more) {
            state.count_taken();
            false
        } else if state.clean.take_at(self, end, more) {
            true
        } else if end == self.end() {
            let start = state.grow(self, more)?;
            if start != end {
                // There is a hole in between.
                self.give_span(&mut state, start, more, true);
                return None;
            }
            true
        } else {
            return None;
        };
        poison::show_all(self.start(end), more << PAGE_SHIFT);
        Some(is_clean)
    }

    /// Takes the last pages of a raw block back.
    pub(crate) fn cut_span(&self, start: usize, pages: usize) {
        let mut state = self.state.lock();
        self.give_span(&mut state, start, pages, false);
        self.decay(state);
    }

    /// Takes a large block back.
    pub(crate) fn give_large(&self, page: &'static Page) {
        let mut state = self.state.lock();
        self.retire(&mut state, page);
        self.decay(state);
    }

    /// Takes a block from a shelf back: raw pages that have no kind any more.
    pub(crate) fn give_shelved(&self, first: &'static Page) {
        let mut state = self.state.lock();
        self.give_span(&mut state, self.number(first), first.span(), false);
        self.decay(state);
    }

    /// Makes the page or block free: at once, or at the end of the walks in progress.
    fn retire(&self, state: &mut State, page: &'static Page) {
        if page.kind() != Some(Kind::Raw)
            && let Some(waiting) = state.grace.wait()
        {
            return waiting.push(page);
        }
        if !page.is_large() && is_pinned(page.bin() as usize) {
            return self.chill(state, page);
        }
        page.clear();
        self.give_span(state, self.number(page), page.span(), false);
    }

    /// Gives an empty page's memory back; its class stays. Within a grace period, since header words read as zero from then on.
    fn chill(&self, state: &mut State, page: &'static Page) {
        let bin = page.bin() as usize;
        // SAFETY: every slot of the page is free.
        if unsafe { os::release(self.start(self.number(page)), PAGE_SIZE) } {
            if let (Some(kind), stride) = (page.kind(), page.stride()) {
                page.is_clean.set(true);
                page.set_up_slots(kind, stride);
            }
            state.cold[bin].push(page);
        } else {
            state.warm[bin].push(page);
            state.warm_pages += 1;
        }
    }

    fn give_span(&self, state: &mut State, start: usize, pages: usize, is_clean: bool) {
        if pages > 0 {
            let set = if is_clean { &mut state.clean } else { &mut state.dirty };
            set.give(self, start, pages);
        }
    }

    /// Begins a walk: from here until `end_walk` no page of objects changes its class.
    pub(crate) fn begin_walk(&self) {
        self.state.lock().grace.begin();
    }

    /// Ends a walk; the last one frees what waited for it.
    pub(crate) fn end_walk(&self) {
        let mut state = self.state.lock();
        if let Some(waited) = state.grace.end() {
            self.retire_all(&mut state, waited);
        }
        self.decay(state);
    }

    /// In the child of a fork: other threads' walks are not there to end.
    pub(crate) fn forget_walks(&self, mut state: MutexGuard<'_, State>, left: usize) {
        if let Some(waited) = state.grace.forget(left) {
            self.retire_all(&mut state, waited);
        }
    }

    fn retire_all(&self, state: &mut State, mut pages: PageStack) {
        while let Some(page) = pages.pop() {
            self.retire(state, page);
        }
    }

    /// Gives back what is kept too long, or beyond the bound.
    fn decay<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        let kept = state.kept();
        if kept == 0 && state.warm_pages == 0 {
            return;
        }
        if state.decay.tick(os::milliseconds(), kept) {
            self.cool(&mut state, |pages| pages / 2);
        }
        let unused = state.unused();
        let used = self.end() - unused.clean - unused.dirty;
        let excess = state.decay.excess(kept, used);
        drop(self.release(state, excess));
    }

    /// Retires warm pages until `leave` of each bin's are left.
    fn cool(&self, state: &mut State, leave: impl Fn(usize) -> usize) {
        for bin in 0..OBJECT_BINS {
            let kept = state.warm[bin].pages();
            for _ in leave(kept)..kept {
                if let Some(page) = state.take_warm(bin) {
                    self.retire(state, page);
                }
            }
        }
    }

    /// There is no span long enough: gives up all that is kept, so that clean spans are as long as can be, and waits for other
    /// threads that are at it.
    fn consolidate<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.cool(&mut state, |_| 0);
        let dirty = state.dirty.pages();
        (state, _) = self.release(state, dirty);
        while state.releasing > 0 {
            drop(state);
            std::thread::yield_now();
            state = self.state.lock();
        }
        state
    }

    /// Makes about `pages` dirty pages clean, the longest spans first. Returns how many.
    fn release<'a>(&'a self, mut state: MutexGuard<'a, State>, pages: usize) -> (MutexGuard<'a, State>, usize) {
        let mut released = 0;
        while released < pages {
            let Some((start, length)) = state.dirty.take_longest(self) else {
                break;
            };
            // No more than asked for, but at least a sixteenth of a long span, so that it is not cut up.
            let part = length.min((pages - released).max(length / 16));
            self.give_span(&mut state, start + part, length - part, false);
            state.releasing += part;
            // Nobody waits for the system meanwhile.
            drop(state);
            // SAFETY: taken from the free spans, so nobody uses it.
            let is_clean = unsafe { os::release(self.start(start), part << PAGE_SHIFT) };
            state = self.state.lock();
            state.releasing -= part;
            self.give_span(&mut state, start, part, is_clean);
            if !is_clean {
                break;
            }
            released += part;
        }
        (state, released)
    }

    /// Gives back the memory of all that no heap has. Returns how many bytes.
    pub(crate) fn trim(&self) -> usize {
        let mut state = self.state.lock();
        self.cool(&mut state, |_| 0);
        let kept = state.kept();
        self.release(state, kept).1 * PAGE_SIZE
    }

    /// Sees to it that so many pages are there with their memory, and stay. `false`: there is no memory.
    pub(crate) fn reserve(&self, pages: usize) -> bool {
        let mut state = self.state.lock();
        let (mut taken, mut missing) = (PageStack::new(), pages);
        // Dirty ones, too: their last user may not have touched them.
        while missing > 0
            && let Some((start, length)) = self.take_some(&mut state, missing)
        {
            let first = self.page(start);
            first.set_span(length);
            taken.push(first);
            missing -= length;
        }
        state.releasing += taken.pages();
        drop(state);
        let mut is_there = missing == 0;
        let mut populated = PageStack::new();
        while let Some(first) = taken.pop() {
            let (start, bytes) = (self.start(self.number(first)), first.span() << PAGE_SHIFT);
            // SAFETY: taken from the free spans, so nobody uses it.
            is_there = is_there && unsafe { os::populate(start, bytes) };
            populated.push(first);
        }
        let mut state = self.state.lock();
        state.releasing -= populated.pages();
        while let Some(first) = populated.pop() {
            self.give_span(&mut state, self.number(first), first.span(), false);
        }
        if is_there {
            state.reserved = pages;
        }
        is_there
    }

    /// A span of at most so many pages, as long as there is one.
    fn take_some(&self, state: &mut State, most: usize) -> Option<(usize, usize)> {
        for is_clean in [false, true] {
            let set = if is_clean { &mut state.clean } else { &mut state.dirty };
            if let Some((start, length)) = set.take_longest(self) {
                let part = length.min(most);
                self.give_span(state, start + part, length - part, is_clean);
                return Some((start, part));
            }
        }
        let halves = std::iter::successors(Some(most), |pages| Some(pages / 2).filter(|&pages| pages > 0));
        halves
            .into_iter()
            .find_map(|pages| Some((state.grow(self, pages)?, pages)))
    }
}
