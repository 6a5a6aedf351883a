//! The told list: pages that other threads have freed into after their owner had stopped looking at them.
//!
//! A freer whose [push](crate::remote::RemoteList::push) took a page's mark has to tell the owner: it puts the page's link
//! on the owner's list. The page may fill up and ask again before that freer gets to it, so that two freers have to
//! tell of one page, which has one link; so a link is *marked* before it is put on a list, and a freer that finds it marked
//! leaves its slot to whoever takes the link off: the owner clears the mark first and looks at the page afterwards.

use crate::primitive::{AtomicUsize, Ordering};
use std::ptr;

/// A page's place in a told list.
#[derive(Debug)]
pub struct TellLink {
    marked: AtomicUsize,
    next: AtomicUsize,
}

/// An owner's list: many push, the owner takes all.
#[derive(Debug)]
pub struct ToldList {
    head: AtomicUsize,
}

impl TellLink {
    /// A link in no list.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        TellLink {
            marked: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }

    /// A link in no list.
    #[cfg(loom)]
    pub fn new() -> Self {
        TellLink {
            marked: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }

    /// Whether the link is in a list, or about to be. A hint: it may be so an instant later.
    pub fn is_marked(&self) -> bool {
        // Relaxed: a hint.
        self.marked.load(Ordering::Relaxed) != 0
    }

    /// Marks the link; whether it was unmarked, so that the caller has to put it on the owner's list.
    #[must_use]
    pub fn mark(&self) -> bool {
        // AcqRel: one that finds the mark leaves its freed slot to whoever clears it. Its Release pairs with the Acquire
        // of `clear`, through the chain of exchanges.
        self.marked.swap(1, Ordering::AcqRel) == 0
    }

    /// Takes the mark away: whoever frees into the page from then on tells again.
    pub fn clear(&self) {
        // AcqRel: as in `mark`.
        self.marked.swap(0, Ordering::AcqRel);
    }
}

impl Default for TellLink {
    fn default() -> Self {
        Self::new()
    }
}

impl ToldList {
    /// An empty list.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        ToldList {
            head: AtomicUsize::new(0),
        }
    }

    /// An empty list.
    #[cfg(loom)]
    pub fn new() -> Self {
        ToldList {
            head: AtomicUsize::new(0),
        }
    }

    /// Adds a link that the caller has marked.
    pub fn push(&self, link: &'static TellLink) {
        let this = ptr::from_ref(link).expose_provenance();
        // Relaxed: checked by the exchange.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // Relaxed: published by the exchange.
            link.next.store(head, Ordering::Relaxed);
            // Release pairs with the Acquire in `take`: the link is seen.
            match self
                .head
                .compare_exchange_weak(head, this, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes every link, each with its mark cleared: whoever frees into its page from then on tells again. The owner only.
    pub fn take(&self) -> impl Iterator<Item = &'static TellLink> {
        let mut next = match self.head.load(Ordering::Relaxed) {
            0 => 0,
            // Acquire pairs with the Release in `push`.
            _ => self.head.swap(0, Ordering::Acquire),
        };
        std::iter::from_fn(move || {
            // SAFETY: null, or pushed from a `&'static TellLink`.
            let link: &'static TellLink = unsafe { ptr::with_exposed_provenance::<TellLink>(next).as_ref() }?;
            next = link.next.load(Ordering::Relaxed);
            link.clear();
            Some(link)
        })
    }
}

impl Default for ToldList {
    fn default() -> Self {
        Self::new()
    }
}
