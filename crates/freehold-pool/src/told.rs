//! The told list: pages that other threads have freed into after their owner had stopped looking at them.
//!
//! A freer whose [push](crate::remote::RemoteList::push) took a page's mark has to tell the owner: it puts the page's link
//! on the owner's list. The page may fill up and ask again before that freer gets to it, so that two freers have to
//! tell of one page, which has one link; so a link is *marked* before it is put on a list, and a freer that finds it marked
//! leaves its slot to whoever takes the link off: the owner clears the mark first and looks at the page afterwards.
//!
//! Pages change owners: a thread that ends leaves its pages to all, and another adopts them. A link must not stay on the list
//! of an owner that has nothing to do with the page any more and may never look again. So whoever moves a page looks at the
//! former owner's list after the move, if the link is marked, and whoever puts a link on a list looks at the link's owner after
//! that; one of the two sees what the other did, and tells the new owner. Who moves many pages takes the list first, so that few are
//! marked.

use crate::primitive::{AtomicPtr, AtomicUsize, Ordering, fence};
use std::ptr;

/// A page's owner, by its told list, and the page's place in that list.
#[derive(Debug)]
pub struct TellLink {
    owner: AtomicPtr<ToldList>,
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
            owner: AtomicPtr::new(ptr::null_mut()),
            marked: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }

    /// A link in no list.
    #[cfg(loom)]
    pub fn new() -> Self {
        TellLink {
            owner: AtomicPtr::new(ptr::null_mut()),
            marked: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }

    /// The owner's list, or null.
    #[inline]
    pub fn owner(&self) -> *mut ToldList {
        // Relaxed: see `tell` for those who go on to use it.
        self.owner.load(Ordering::Relaxed)
    }

    /// Gives the page another owner, or none; by the one who has the page.
    pub fn move_to(&self, owner: *const ToldList) {
        let former = self.owner();
        // Release pairs with the Acquire in `tell`: the new owner's list is seen as it was made.
        self.owner.store(owner.cast_mut(), Ordering::Release);
        // SeqCst pairs with the fence in `tell`: either we see the teller's mark, or the teller sees the move.
        fence(Ordering::SeqCst);
        // SAFETY: null or an owner's list, and those are static.
        if let Some(former) = unsafe { former.as_ref() }
            && self.is_marked()
        {
            former.pass_on();
        }
    }

    /// Tells the page's owner that somebody freed into the page.
    pub fn tell(&'static self) {
        while self.mark() {
            // Acquire pairs with the Release in `move_to`.
            let owner = self.owner.load(Ordering::Acquire);
            // SAFETY: as in `move_to`.
            if let Some(list) = unsafe { owner.as_ref() } {
                list.push(self);
                // SeqCst pairs with the fence in `move_to`.
                fence(Ordering::SeqCst);
                if self.owner() != owner {
                    list.pass_on();
                }
                return;
            }
            // The owner has seen our slot, found the page empty and given it back. The mark must not stay, or nobody would
            // tell the next owner; and if there is one by now, others may have relied on the mark.
            self.clear();
            if self.owner().is_null() {
                return;
            }
        }
    }

    /// Whether the link is in a list, or about to be. A hint: it may be so an instant later.
    pub fn is_marked(&self) -> bool {
        // Relaxed: a hint.
        self.marked.load(Ordering::Relaxed) != 0
    }

    /// Marks the link; whether it was unmarked, so that the caller has to put it on the owner's list.
    #[must_use]
    fn mark(&self) -> bool {
        // AcqRel: one that finds the mark leaves its freed slot to whoever clears it. Its Release pairs with the Acquire
        // of `clear`, through the chain of exchanges.
        self.marked.swap(1, Ordering::AcqRel) == 0
    }

    /// Takes the mark away: whoever frees into the page from then on tells again.
    fn clear(&self) {
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

    /// Whether there is a link to take. A hint: it may be so an instant later.
    pub fn is_empty(&self) -> bool {
        // Relaxed: a hint.
        self.head.load(Ordering::Relaxed) == 0
    }

    /// Tells the owners of the pages on the list anew: some may have another owner by now.
    fn pass_on(&self) {
        self.take().for_each(TellLink::tell);
    }

    /// Adds a link that the caller has marked.
    fn push(&self, link: &'static TellLink) {
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

    /// Takes every link, each with its mark cleared: whoever frees into its page from then on tells again. The owner, or anyone
    /// who tells again of each.
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
