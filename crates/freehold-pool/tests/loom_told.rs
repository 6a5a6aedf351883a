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
