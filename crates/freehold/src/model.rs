//! What loom models use: a collection over the model's objects, and counts.

use crate::collect::{Found, Space, Stopped, destroy, find};
use crate::header::Header;
use crate::placement;
use std::ptr::NonNull;

/// Begins one execution of a model.
pub fn begin() {
    placement::reset();
}

/// The number of slots in use.
pub fn in_use() -> usize {
    placement::in_use()
}

/// Runs one collection over the objects that exist now; returns the number of objects destroyed.
pub fn collect() -> usize {
    destroy_all([look()])
}

/// Two collections of which the second looks before what the first found is destroyed, as the real ones may overlap.
pub fn collect_overlapping() -> usize {
    let first = look();
    let second = look();
    destroy_all([first, second])
}

fn look() -> Found {
    find(&Slots(placement::headers()), Stopped)
}

/// A violation that loom reports inside a drop arrives here as a count.
fn destroy_all<const N: usize>(found: [Found; N]) -> usize {
    let mut collected = 0;
    for found in found {
        assert_eq!(found.panics, 0, "a trace panicked");
        collected += found.garbage.len();
        assert_eq!(destroy(found), 0, "a drop panicked");
    }
    collected
}

struct Slots(Vec<NonNull<Header>>);

impl Space for Slots {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn for_each(&self, mut visit: impl FnMut(u32, NonNull<Header>)) {
        for (index, &header) in self.0.iter().enumerate() {
            visit(index as u32, header);
        }
    }

    fn header(&self, index: u32) -> NonNull<Header> {
        self.0[index as usize]
    }

    fn index(&self, header: NonNull<Header>) -> Option<u32> {
        self.0.iter().position(|&slot| slot == header).map(|index| index as u32)
    }
}
