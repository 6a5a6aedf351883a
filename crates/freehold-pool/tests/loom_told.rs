//! Model of a full page: two threads free into it; its owner looks once for reasons of its own, fills it up again, and
//! otherwise looks only when told. Or the page changes owners meanwhile: is given back, or adopted from a thread that ended.
//! Checked: when all is quiet, every slot freed has been found through the owner's told list.
#![cfg(loom)]

use freehold_pool::Slot;
use freehold_pool::remote::RemoteList;
use freehold_pool::told::{TellLink, ToldList};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

struct Page {
    remote: RemoteList,
    link: &'static TellLink,
    /// A place that threads pass without learning anything; see `loom_remote.rs`.
    gate: AtomicUsize,
}

fn list() -> &'static ToldList {
    Box::leak(Box::new(ToldList::new()))
}

fn slots() -> usize {
    let slots: &'static mut [Slot] = Box::leak(Box::new([Slot::detached(), Slot::detached()]));
    slots.as_mut_ptr() as usize
}

fn model(check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(check);
}

impl Page {
    fn new(owner: &'static ToldList) -> Arc<Page> {
        let link: &'static TellLink = Box::leak(Box::new(TellLink::new()));
        link.move_to(owner);
        Arc::new(Page {
            remote: RemoteList::new(),
            link,
            gate: AtomicUsize::new(0),
        })
    }

    /// As the pool's free by another thread.
    fn free(&self, slot: usize) {
        // SAFETY: each slot is freed once.
        if unsafe { self.remote.push(slot as *mut Slot) } {
            self.pass();
            self.link.tell();
        }
        self.pass();
    }

    fn pass(&self) {
        self.gate.fetch_add(1, Ordering::Relaxed);
    }

    /// As the pool's owner: looks at the page if told, takes what is there, and stops looking again.
    fn take_told(&self, owner: &'static ToldList) -> usize {
        let mut found = 0;
        self.pass();
        for link in owner.take() {
            assert!(std::ptr::eq(link, self.link));
            if std::ptr::eq(link.owner(), owner) {
                found += self.look();
            } else {
                link.tell();
            }
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
        self.pass();
        let mut slot = self.remote.take();
        while !slot.is_null() {
            found += 1;
            // SAFETY: taken from the list, so the list is ours.
            slot = unsafe { Slot::link_of(slot) };
        }
        found
    }
}

/// Another thread frees.
fn freer(page: &Arc<Page>, slots: usize, index: usize) -> thread::JoinHandle<()> {
    let page = page.clone();
    thread::spawn(move || page.free(slots + index * size_of::<Slot>()))
}

#[test]
fn every_slot_is_found_by_looking_only_when_told() {
    model(|| {
        let (slots, owner) = (slots(), list());
        let page = Page::new(owner);
        assert!(page.remote.watch());
        let freers = [freer(&page, slots, 0), freer(&page, slots, 1)];
        let mut found = page.look();
        found += page.take_told(owner);
        for freer in freers {
            freer.join().unwrap();
        }
        found += page.take_told(owner);
        assert_eq!(found, 2, "a slot was freed and nobody told the owner");
    });
}

/// The page is given back by its owner, empty, and taken by the next one, which hands out its slot and fills it, while a freer
/// is on its way to tell the first.
#[test]
fn a_page_without_owner_keeps_no_mark() {
    model(|| {
        let (slots, former, owner) = (slots(), list(), list());
        let page = Page::new(former);
        assert!(page.remote.watch());
        let early = freer(&page, slots, 0);
        let mut found = page.collect();
        if found == 1 {
            page.link.move_to(std::ptr::null());
            page.link.move_to(owner);
            assert!(page.remote.watch());
            freer(&page, slots, 1).join().unwrap();
            early.join().unwrap();
            found += page.take_told(owner);
            assert_eq!(found, 2, "the next owner was not told");
        } else {
            early.join().unwrap();
        }
    });
}

/// A thread ends with a full page: it leaves the page to others and never looks at its own list again. Another thread adopts the
/// page, and may fill it and stop looking, too.
#[test]
fn an_orphan_has_no_tellers_on_their_way_to_its_former_owner() {
    model(|| {
        let (slots, former, owner) = (slots(), list(), list());
        let page = Page::new(former);
        assert!(page.remote.watch());
        let freers = [freer(&page, slots, 0), freer(&page, slots, 1)];
        page.link.move_to(owner);
        let mut found = page.take_told(owner);
        for freer in freers {
            freer.join().unwrap();
        }
        // Whoever owns the page looks at its own list only.
        found += page.take_told(owner);
        assert_eq!(found, 2, "the new owner was not told");
        assert!(former.is_empty());
    });
}

/// Two pages of one owner are told of at the same time.
#[test]
fn no_link_of_a_list_is_lost() {
    model(|| {
        let owner = list();
        let gate = Arc::new(AtomicUsize::new(0));
        let links: [&'static TellLink; 2] = std::array::from_fn(|_| &*Box::leak(Box::new(TellLink::new())));
        let tellers = links.map(|link| {
            link.move_to(owner);
            let gate = gate.clone();
            thread::spawn(move || {
                link.tell();
                gate.fetch_add(1, Ordering::Relaxed);
            })
        });
        gate.fetch_add(1, Ordering::Relaxed);
        let mut found = owner.take().count();
        for teller in tellers {
            teller.join().unwrap();
        }
        found += owner.take().count();
        assert_eq!(found, 2, "a page that was told of was not found");
    });
}
