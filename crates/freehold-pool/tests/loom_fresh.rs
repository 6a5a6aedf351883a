//! Model of a fresh page: its owner publishes an object and leaves the page, while a looker settles the page and looks.
//! Checked: the object is seen, or the page is still fresh.
#![cfg(loom)]

use freehold_pool::fresh::{Allocating, FreshBit};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

struct Page {
    bits: AtomicU64,
    allocating: Allocating,
    /// The header words of two slots.
    slots: [AtomicU64; 2],
}

impl Page {
    fn bit(&self) -> FreshBit<'_> {
        FreshBit::new(&self.bits, 3)
    }

    fn is_fresh(&self) -> bool {
        self.bits.load(Ordering::Relaxed) & (1 << 3) != 0
    }

    /// One turn of the owner: begins, publishes, leaves.
    fn allocate(&self, slot: usize) {
        self.allocating.begin(self.bit());
        self.slots[slot].store(1, Ordering::Release);
        self.allocating.end();
    }

    /// Settles the page if it is fresh, and looks; which slots were seen in use.
    fn look(&self) -> [bool; 2] {
        if !self.is_fresh() {
            return [false; 2];
        }
        self.allocating.settle(self.bit());
        [0, 1].map(|slot| self.slots[slot].load(Ordering::Acquire) == 1)
    }
}

#[test]
fn what_was_published_is_seen_or_the_page_stays_fresh() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(std::env::var("LOOM_MAX_PREEMPTIONS").map_or(3, |n| n.parse().expect("a number")));
    builder.check(|| {
        let page = Arc::new(Page {
            bits: AtomicU64::new(0),
            allocating: Allocating::no(),
            slots: [AtomicU64::new(0), AtomicU64::new(0)],
        });
        let owner = {
            let page = page.clone();
            thread::spawn(move || [0, 1].into_iter().for_each(|slot| page.allocate(slot)))
        };
        let looks = [page.look(), page.look()];
        owner.join().unwrap();
        for slot in 0..2 {
            let seen = looks.iter().any(|look| look[slot]);
            assert!(
                seen || page.is_fresh(),
                "slot {slot} is on a page that nobody will look at"
            );
        }
    });
}
