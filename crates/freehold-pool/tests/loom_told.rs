//! Model of a full page: two threads free into it; its owner looks once for reasons of its own, fills it up again, and
//! otherwise looks only when told.
//! Checked: when all is quiet, every slot freed has been found through the told list.
#![cfg(loom)]

use freehold_pool::Slot;
use freehold_pool::remote::RemoteList;
use freehold_pool::told::{TellLink, ToldList};
use loom::sync::Arc;
use loom::thread;

struct Page {
    remote: RemoteList,
    link: &'static TellLink,
    owner: ToldList,
}

impl Page {
    /// As the pool's free by another thread.
    fn free(&self, slot: usize) {
        // SAFETY: each slot is freed once.
        if unsafe { self.remote.push(slot as *mut Slot) } && self.link.mark() {
            self.owner.push(self.link);
        }
    }

    /// As the pool's owner: looks at the page if told, takes what is there, and stops looking again.
    fn take_told(&self) -> usize {
        let mut found = 0;
        for link in self.owner.take() {
            assert!(std::ptr::eq(link, self.link));
            found += self.look();
        }
        found
    }

    /// Looks at the page for the owner's own reasons (it freed a slot itself, and used it again).
    fn look(&self) -> usize {
        let mut found = self.collect();
        while !self.remote.watch() {
            found += self.collect();
        }
        found
    }

    fn collect(&self) -> usize {
        let mut found = 0;
        let mut slot = self.remote.take();
        while !slot.is_null() {
            found += 1;
            // SAFETY: taken from the list, so the list is ours.
            slot = unsafe { Slot::link_of(slot) };
        }
        found
    }
}

#[test]
fn every_slot_is_found_by_looking_only_when_told() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let slots: &'static mut [Slot] = Box::leak(Box::new([Slot::detached(), Slot::detached()]));
        let first = slots.as_mut_ptr() as usize;
        let page = Arc::new(Page {
            remote: RemoteList::new(),
            link: Box::leak(Box::new(TellLink::new())),
            owner: ToldList::new(),
        });
        assert!(page.remote.watch());
        let freers: Vec<_> = (0..2)
            .map(|index| {
                let page = page.clone();
                thread::spawn(move || page.free(first + index * size_of::<Slot>()))
            })
            .collect();
        let mut found = page.look();
        found += page.take_told();
        for freer in freers {
            freer.join().unwrap();
        }
        found += page.take_told();
        assert_eq!(found, 2, "a slot was freed and nobody told the owner");
    });
}

/// A page that changes owners while a freer is on its way to tell: the freer may find no owner, or the next one.
struct Moving {
    page: Page,
    /// 0 none, else an owner; both owners share the list, as only one has the page.
    owner: loom::sync::atomic::AtomicUsize,
}

impl Moving {
    /// As the pool's `tell`.
    fn tell(&self) {
        while self.page.link.mark() {
            if self.owner.load(loom::sync::atomic::Ordering::Relaxed) != 0 {
                return self.page.owner.push(self.page.link);
            }
            self.page.link.clear();
            if self.owner.load(loom::sync::atomic::Ordering::Relaxed) == 0 {
                return;
            }
        }
    }

    fn free(&self, slot: usize) {
        // SAFETY: each slot is freed once.
        if unsafe { self.page.remote.push(slot as *mut Slot) } {
            self.tell();
        }
    }
}

#[test]
fn a_page_without_owner_keeps_no_mark() {
    use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let slots: &'static mut [Slot] = Box::leak(Box::new([Slot::detached(), Slot::detached()]));
        let first = slots.as_mut_ptr() as usize;
        let moving = Arc::new(Moving {
            page: Page {
                remote: RemoteList::new(),
                link: Box::leak(Box::new(TellLink::new())),
                owner: ToldList::new(),
            },
            owner: AtomicUsize::new(1),
        });
        assert!(moving.page.remote.watch());
        let early = {
            let moving = moving.clone();
            thread::spawn(move || moving.free(first))
        };
        let mut found = moving.page.collect();
        if found == 1 {
            // The page is empty: given back, and taken by the next owner, who hands out its slot and fills it.
            moving.owner.store(0, Relaxed);
            moving.owner.store(2, Relaxed);
            assert!(moving.page.remote.watch());
            let late = {
                let moving = moving.clone();
                thread::spawn(move || moving.free(first + size_of::<Slot>()))
            };
            late.join().unwrap();
            early.join().unwrap();
            found += moving.page.take_told();
            assert_eq!(found, 2, "the next owner was not told");
        } else {
            early.join().unwrap();
        }
    });
}
