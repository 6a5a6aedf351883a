//! `is_valid()` of the pool as a whole: every page below the frontier is in exactly one place, and all counts agree.
//!
//! Only while no thread works in the pool but the caller, whose heap is looked at with all others.

use crate::growth::Growth;
use crate::orphans;
use crate::page::{Page, Place};
use crate::range::{self, Range};
use crate::source::State;
use crate::spans::Pages;

/// Where a page was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Clean,
    Dirty,
    Warm,
    Cold,
    Waiting,
    Heap,
    Shelf,
}

/// Pages by number, and where each was found.
struct Census(Vec<Option<Found>>);

/// Looks at every structure of the pool. Panics if something is wrong.
pub(super) fn check() {
    let Some(range) = Range::existing() else { return };
    // In the order in which they are taken elsewhere.
    let heaps = orphans::hold();
    let state = range::hold();
    assert!(heaps.is_valid(), "the heaps without a thread");
    assert!(state.is_valid(range), "the source");
    let mut census = Census(vec![None; range.end()]);
    census.unused(range, &state);
    for heap in orphans::heaps() {
        assert!(heap.is_valid(), "a heap");
        for page in heap.pages() {
            census.find(range.number(page), 1, Found::Heap);
        }
        for first in heap.shelf.iter() {
            census.find(range.number(first), first.span(), Found::Shelf);
        }
        let shelved: usize = heap.shelf.iter().map(Page::span).sum();
        assert_eq!(shelved, heap.shelf.pages(), "pages on a shelf");
    }
    census.rest(range, &state.growth, heaps.pages());
}

impl State {
    /// Whether spans, stacks and growth are valid each, and the counts agree.
    fn is_valid(&self, range: &Range) -> bool {
        let warm: usize = self.warm.iter().map(|stack| stack.pages()).sum();
        let stacks = self
            .warm
            .iter()
            .chain(&self.cold)
            .chain([self.grace.waiting()])
            .all(|stack| stack.is_valid());
        let spans = self.clean.is_valid(range) && self.dirty.is_valid(range);
        spans && stacks && warm == self.warm_pages && self.growth.is_valid(range)
    }
}

impl Census {
    fn find(&mut self, start: usize, pages: usize, place: Found) {
        for (index, found) in self.0.iter_mut().enumerate().skip(start).take(pages) {
            let before = found.replace(place);
            assert_eq!(before, None, "page {index} is here, too: {place:?}");
        }
    }

    fn unused(&mut self, range: &Range, state: &State) {
        for (spans, place) in [(&state.clean, Found::Clean), (&state.dirty, Found::Dirty)] {
            for (start, pages) in spans.all(range) {
                self.find(start, pages, place);
            }
        }
        let warm = state.warm.iter().map(|stack| (stack, Found::Warm));
        let cold = state.cold.iter().map(|stack| (stack, Found::Cold));
        for (stack, place) in warm.chain(cold).chain([(state.grace.waiting(), Found::Waiting)]) {
            for page in stack.iter() {
                self.find(range.number(page), page.span(), place);
            }
        }
    }

    /// What was not found is a large block in use, memory of heaps, or a hole.
    fn rest(&self, range: &Range, growth: &Growth, of_heaps: usize) {
        let (mut others, mut index) = (0, 0);
        while index < self.0.len() {
            let page = range.page(index);
            let pages = match (self.0[index], page.kind()) {
                (Some(Found::Clean | Found::Dirty | Found::Shelf), kind) => {
                    assert_eq!(kind, None, "page {index} is free and has slots");
                    1
                }
                (Some(_), _) => page.span(),
                (None, Some(kind)) => {
                    assert!(page.is_large(), "page {index} for {kind:?} is nowhere");
                    assert!(page.owner().is_null(), "page {index} is a large block's and in a heap");
                    page.span()
                }
                (None, None) => {
                    assert_eq!(page.place(), Place::Current, "page {index}");
                    others += 1;
                    1
                }
            };
            let inside = (index + 1..index + pages).map(|inside| range.page(inside));
            assert!(inside.map(Page::kind).all(|kind| kind.is_none()), "page {index}");
            index += pages;
        }
        assert_eq!(others, of_heaps + growth.holes(), "pages of heaps, and holes");
    }
}
