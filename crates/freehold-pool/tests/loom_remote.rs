//! Model of the remote list: two threads free into a page whose owner has asked to be told, and looks meanwhile.
//! Checked: no slot is lost or found twice, and a page left unwatched with slots on it has been told of.
#![cfg(loom)]

use freehold_pool::Slot;
use freehold_pool::remote::RemoteList;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

fn count(mut head: *mut Slot, first: *mut Slot) -> Vec<usize> {
    let mut found = Vec::new();
    while !head.is_null() {
        found.push((head as usize - first as usize) / size_of::<Slot>());
        // SAFETY: taken from the list, so the list is ours.
        head = unsafe { Slot::link_of(head) };
    }
    found
}

/// A place that threads pass without learning anything. loom tries the orders of two read-modify-writes of one word; it does
/// not try all orders of a load by one thread and a compare-and-swap by another that has loaded the word before.
fn pass(gate: &AtomicUsize) {
    gate.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn nothing_is_lost_and_the_owner_is_told_once() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let slots: &'static mut [Slot] = Box::leak(Box::new([Slot::detached(), Slot::detached()]));
        let first = slots.as_mut_ptr();
        let list = Arc::new(RemoteList::new());
        let told = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(AtomicUsize::new(0));
        assert!(list.watch());
        let pushers: Vec<_> = (0..2)
            .map(|index| {
                let (list, told, gate, address) = (list.clone(), told.clone(), gate.clone(), first as usize);
                thread::spawn(move || {
                    let slot = (address as *mut Slot).wrapping_add(index);
                    // SAFETY: each pusher has a slot of its own.
                    if unsafe { list.push(slot) } {
                        told.fetch_add(1, Ordering::Relaxed);
                    }
                    pass(&gate);
                })
            })
            .collect();
        pass(&gate);
        let mut found = count(list.take(), first);
        pass(&gate);
        let watching = found.is_empty() && list.watch();
        for pusher in pushers {
            pusher.join().unwrap();
        }
        let late = count(list.take(), first);
        if watching && !late.is_empty() {
            assert!(
                told.load(Ordering::Relaxed) >= 1,
                "slots came after the owner stopped looking, and nobody told it"
            );
        }
        found.extend(late);
        found.sort_unstable();
        assert_eq!(found, [0, 1]);
    });
}
