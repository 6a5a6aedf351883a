//! Holes: memory given back from within pages in use.
//!
//! After a peak, most pages have few slots in use, and none of them is empty. On [`trim`](crate::trim), free slots that together
//! cover whole pages of the system are *withheld*, taken off the free list, and the memory between them is given back. When
//! the page has no other free slot, a hole is filled: its slots are linked again, and have memory again as they are touched.
//!
//! Only raw pages have holes: the header words of objects must stay. Cost: O(slots of the page) to make holes, O(slots
//! in 4 KiB) to fill one; nothing otherwise.
//!
//! Source: glibc's `malloc_trim`, which gives back the inside of free chunks; mesh and jemalloc give back whole slabs only.

use crate::hardened;
use crate::os;
use crate::page::{Kind, PAGE_SIZE, Page};
use crate::range::Range;
use crate::slot::Slot;
use crate::spans::Pages;
use std::ops::RangeInclusive;

/// The system's page, and so the least that can be given back. Systems with larger ones refuse pieces of this size.
const UNIT: usize = 4096;
const UNITS: usize = PAGE_SIZE / UNIT;

const _: () = assert!(UNITS == 16, "a page's holes are the bits of 16");

/// Which of the page's slots are free: a bit for each.
struct FreeSlots([u64; PAGE_SIZE / size_of::<Slot>() / 64]);

impl FreeSlots {
    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
}

/// The slots, of `stride` bytes each, that lie in unit `unit`, in part at least.
fn slots_in(unit: usize, stride: usize) -> RangeInclusive<usize> {
    unit * UNIT / stride..=((unit + 1) * UNIT - 1) / stride
}

/// Whether a slot lies in a hole, in part at least.
fn is_withheld(index: usize, stride: usize, holes: u16) -> bool {
    let units = index * stride / UNIT..=((index + 1) * stride - 1) / UNIT;
    holes != 0 && units.into_iter().any(|unit| holes >> unit & 1 == 1)
}

/// Makes the holes that a page of the caller's has room for. Returns how many bytes were given back.
pub(crate) fn make(page: &'static Page) -> usize {
    let (extent, before) = (page.extent() as usize, page.holes.get());
    if page.kind() != Some(Kind::Raw) || page.is_large() || page.used.get() as usize >= extent {
        return 0;
    }
    let (stride, free) = (page.stride(), free_slots(page));
    let is_hole = |unit: &usize| {
        let slots = slots_in(*unit, stride);
        *slots.start() < extent
            && slots
                .into_iter()
                .take_while(|&slot| slot < extent)
                .all(|slot| free.contains(slot) || is_withheld(slot, stride, before))
    };
    let holes = (0..UNITS).filter(is_hole).fold(before, |holes, unit| holes | 1 << unit);
    if holes == before {
        return 0;
    }
    withhold(page, holes);
    (0..UNITS)
        .filter(|unit| (holes & !before) >> unit & 1 == 1)
        .map(|unit| release(page, unit))
        .sum()
}

/// Fills a hole of the page, of which the free list is empty. `false`: it has none.
pub(crate) fn fill(page: &Page) -> bool {
    let (extent, stride) = (page.extent() as usize, page.stride());
    while page.holes.get() != 0 {
        let unit = page.holes.get().trailing_zeros() as usize;
        let holes = page.holes.get() & (page.holes.get() - 1);
        page.holes.set(holes);
        for index in slots_in(unit, stride).take_while(|&slot| slot < extent) {
            if !is_withheld(index, stride, holes) {
                let slot = slot(page, index, stride);
                // SAFETY: a free slot in no list, on a page of the caller's.
                unsafe { Slot::set_next(slot, page.free.get()) };
                page.free.set(slot);
            }
        }
        if !page.free.get().is_null() {
            return true;
        }
    }
    false
}

/// How many slots holes keep off the free list.
#[cfg(test)]
pub(crate) fn withheld(page: &Page) -> usize {
    let (stride, holes) = (page.stride(), page.holes.get());
    (0..page.extent() as usize)
        .filter(|&slot| is_withheld(slot, stride, holes))
        .count()
}

fn free_slots(page: &Page) -> FreeSlots {
    let mut free = FreeSlots([0; _]);
    let (start, division) = (start(page), page.division());
    let mut slot = page.free.get();
    while !slot.is_null() {
        let index = division.slot_at(slot.addr() - start) as usize;
        free.0[index / 64] |= 1 << (index % 64);
        hardened::check_link(page, slot);
        // SAFETY: the caller has the page, and so its list.
        slot = unsafe { Slot::next(slot) };
    }
    free
}

/// Takes the slots in holes off the free list.
fn withhold(page: &Page, holes: u16) {
    let (start, stride, division) = (start(page), page.stride(), page.division());
    page.holes.set(holes);
    let mut slot = page.free.replace(std::ptr::null_mut());
    while !slot.is_null() {
        // SAFETY: the caller has the page, and so its list.
        let next = unsafe { Slot::next(slot) };
        if !is_withheld(division.slot_at(slot.addr() - start) as usize, stride, holes) {
            // SAFETY: as above.
            unsafe { Slot::set_next(slot, page.free.get()) };
            page.free.set(slot);
        }
        slot = next;
    }
}

fn release(page: &Page, unit: usize) -> usize {
    let start = Range::the().start(Range::the().number(page)).wrapping_add(unit * UNIT);
    // SAFETY: within the page; every slot in it is free and in no list. If the system refuses, it stays as it is.
    if unsafe { os::release(start, UNIT) } { UNIT } else { 0 }
}

fn start(page: &Page) -> usize {
    Range::the().start(Range::the().number(page)).addr()
}

fn slot(page: &Page, index: usize, stride: usize) -> *mut Slot {
    let start = Range::the().start(Range::the().number(page));
    start.wrapping_add(index * stride).cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_units_agree() {
        for stride in [16, 48, 112, 1280, 4096, 5120, 32768] {
            for unit in 0..UNITS {
                for slot in 0..PAGE_SIZE / stride {
                    let is_in = slots_in(unit, stride).contains(&slot);
                    assert_eq!(
                        is_in,
                        is_withheld(slot, stride, 1 << unit),
                        "slot {slot} of {stride}, unit {unit}"
                    );
                }
            }
        }
    }
}
