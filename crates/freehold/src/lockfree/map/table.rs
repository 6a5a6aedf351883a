//! A shard's table: open addressing, in groups of slots that take a cache line each.
//!
//! A group has seven slots for addresses of entries, and a word with a byte for each:
//!
//! | a slot's byte | |
//! | --- | --- |
//! | [`EMPTY`] | nothing is there, and nothing was while the group was full: a search ends in this group |
//! | [`GONE`] | an entry was here: a search goes on |
//! | from 128 | an entry, and seven bits of its hash |
//!
//! A search compares all bytes of a group at once, and looks only at entries whose bits are the right ones; then it goes on to the
//! next group. Slots are read by anybody who is pinned, and changed under the shard's lock. A table does not grow: another takes its
//! place, and this one is retired as it was at that moment. Its groups are allocated with it, in one block.
//!
//! **Sources.** Knuth, *The Art of Computer Programming* 3, 6.4, algorithm L, over groups; Abseil's *Swiss tables* (2018) for the bytes, and
//! Warren, *Hacker's Delight*, 6-1, for how to find one of them in a word.

use super::entry::{Entry, Owned, spread};
use crate::primitive::{AtomicPtr, AtomicU64, Ordering, size};
use std::alloc::{Layout, handle_alloc_error};
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr;

const EMPTY: u64 = 0;
const GONE: u64 = 1;
/// Above it, seven bits of a hash.
const TAKEN: u64 = 0x80;

/// Slots in a group.
pub(super) const GROUP: usize = 7;

/// How many of them are used, on average, before a table is full. Models have to do with fewer.
pub(super) const FULL: usize = size(1, 5);

/// The lowest and the highest bit of each slot's byte.
const LOW: u64 = 0x0001_0101_0101_0101;
const HIGH: u64 = LOW << 7;

#[repr(C, align(64))]
struct Group<K, V> {
    /// A byte for each slot, the first in the lowest bits.
    bytes: AtomicU64,
    slots: [AtomicPtr<Entry<K, V>>; GROUP],
}

/// The head of the block; the groups follow.
#[repr(C, align(64))]
pub(super) struct Table<K, V> {
    /// The number of groups, a power of two, less one.
    mask: usize,
    of: PhantomData<Owned<K, V>>,
}

/// The byte of an entry with this hash.
#[inline]
fn byte(hash: u64) -> u64 {
    TAKEN | (spread(hash) >> 40) & 0x7F
}

/// For each byte of the word that is this one, its highest bit. Perhaps for some above such a byte, too.
#[inline]
fn matches(bytes: u64, byte: u64) -> u64 {
    let zero = bytes ^ (LOW * byte);
    zero.wrapping_sub(LOW) & !zero & HIGH
}

/// The slots of the bytes whose highest bits these are.
#[inline]
fn each(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let slot = (bits != 0).then(|| bits.trailing_zeros() as usize / 8);
        bits &= bits.wrapping_sub(1);
        slot
    })
}

impl<K, V> Group<K, V> {
    /// Changes a slot's byte, under the lock.
    fn set(&self, slot: usize, byte: u64) {
        // Relaxed: changed under the lock only.
        let bytes = self.bytes.load(Ordering::Relaxed) & !(0xFF << (8 * slot));
        // Release pairs with the Acquire of searches: who sees the byte sees the entry.
        self.bytes.store(bytes | byte << (8 * slot), Ordering::Release);
    }
}

impl<K, V> Table<K, V> {
    /// The block of a table with so many groups. `None`: more than there are addresses.
    fn layout(groups: usize) -> Option<Layout> {
        let groups = Layout::array::<Group<K, V>>(groups).ok()?;
        let (layout, first) = Layout::new::<Table<K, V>>().extend(groups).ok()?;
        debug_assert_eq!(first, size_of::<Table<K, V>>());
        Some(layout)
    }

    /// An empty table; `groups` is a power of two.
    ///
    /// # Panics
    /// If so many groups do not fit into the address space.
    pub(super) fn new(groups: usize) -> *mut Table<K, V> {
        let layout = Self::layout(groups).expect("capacity overflow");
        // SAFETY: not of size 0.
        let table = unsafe { std::alloc::alloc(layout) }.cast::<Table<K, V>>();
        if table.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: a fresh block with room for the head, and for so many groups behind.
        unsafe {
            table.write(Table {
                mask: groups - 1,
                of: PhantomData,
            });
            let first = table.add(1).cast::<Group<K, V>>();
            for group in 0..groups {
                first.add(group).write(Group {
                    bytes: AtomicU64::new(0),
                    slots: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
                });
            }
        }
        table
    }

    /// Gives the block back, and leaves the entries alone.
    ///
    /// # Safety
    /// From [`new`](Self::new), or null; nobody uses it any more.
    pub(super) unsafe fn free(table: *mut ()) {
        let table = table.cast::<Table<K, V>>();
        if table.is_null() {
            return;
        }
        // SAFETY: as the caller promised.
        let groups = unsafe { (*table).mask } + 1;
        if let Some(layout) = Self::layout(groups) {
            // SAFETY: as the caller promised; the layout is the one that it was allocated with.
            unsafe {
                ptr::slice_from_raw_parts_mut(table.add(1).cast::<Group<K, V>>(), groups).drop_in_place();
                std::alloc::dealloc(table.cast(), layout);
            }
        }
    }

    /// The length of a table's block.
    ///
    /// # Safety
    /// From [`new`](Self::new), and not freed.
    pub(super) unsafe fn bytes(table: *const Table<K, V>) -> usize {
        // SAFETY: as the caller promised.
        size_of::<Self>() + (unsafe { (*table).mask } + 1) * size_of::<Group<K, V>>()
    }

    /// The slots of a table.
    ///
    /// # Safety
    /// From [`new`](Self::new), and not freed while the slots are borrowed.
    #[inline]
    pub(super) unsafe fn slots<'a>(table: *const Table<K, V>) -> Slots<'a, K, V> {
        // SAFETY: as the caller promised; the groups follow the head, which is as long as their alignment asks for.
        let groups = unsafe { std::slice::from_raw_parts(table.add(1).cast::<Group<K, V>>(), (*table).mask + 1) };
        Slots(groups)
    }
}

/// A table's slots.
pub(super) struct Slots<'a, K, V>(&'a [Group<K, V>]);

impl<K, V> Clone for Slots<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Slots<'_, K, V> {}

/// What a search under the lock found.
pub(super) enum Search<K, V> {
    /// The slot of an entry with the key, and the entry.
    There(usize, *mut Entry<K, V>),
    /// Where an entry with the key can go, and whether an entry was there before.
    Absent(usize, bool),
}

impl<'a, K, V> Slots<'a, K, V> {
    /// The number of groups.
    pub(super) fn groups(self) -> usize {
        self.0.len()
    }

    /// The number of slots.
    pub(super) fn len(self) -> usize {
        GROUP * self.0.len()
    }

    /// The entry in a slot, if there is one.
    #[inline]
    pub(super) fn get(self, slot: usize) -> Option<*mut Entry<K, V>> {
        // Acquire pairs with the Release of `put`.
        let entry = self.0[slot / GROUP].slots[slot % GROUP].load(Ordering::Acquire);
        (!entry.is_null()).then_some(entry)
    }

    /// All entries.
    pub(super) fn entries(self) -> impl Iterator<Item = *mut Entry<K, V>> + 'a {
        (0..self.len()).filter_map(move |slot| self.get(slot))
    }

    /// The groups from a hash's own on, once around, until `stop` returns something for one, its number, and its bytes. Under the lock
    /// it does for one with an empty slot, and there always is one.
    #[inline]
    fn probe<R>(self, hash: u64, mut stop: impl FnMut(usize, &Group<K, V>, u64) -> Option<R>) -> Option<R> {
        let mask = self.0.len() - 1;
        let mut step = 0;
        while step <= mask {
            let number = (hash as usize).wrapping_add(step) & mask;
            // SAFETY: less than the number of groups, by the mask.
            let group = unsafe { self.0.get_unchecked(number) };
            // Acquire pairs with the Release of `set`: the entries are seen as they were made.
            let result = stop(number, group, group.bytes.load(Ordering::Acquire));
            if result.is_some() {
                return result;
            }
            step += 1;
        }
        None
    }

    /// The entry with a key.
    ///
    /// # Safety
    /// Pinned since before the table was found, or the shard is locked.
    #[inline]
    pub(super) unsafe fn find<Q: Eq + ?Sized>(self, hash: u64, key: &Q) -> Option<*mut Entry<K, V>>
    where
        K: Borrow<Q>,
    {
        let byte = byte(hash);
        self.probe(hash, |_, group, bytes| {
            for slot in each(matches(bytes, byte)) {
                // SAFETY: passed on.
                if let Some(entry) = unsafe { group.entry_of(slot, key) } {
                    return Some(Some(entry));
                }
            }
            (matches(bytes, EMPTY) != 0).then_some(None)
        })
        // Once around without end, writers were ahead of us all the way; what was there all the time would have been found.
        .flatten()
    }

    /// Where an entry with the key is, or can go; `None` if every slot is used, which does not happen.
    ///
    /// # Safety
    /// The shard is locked.
    pub(super) unsafe fn search<Q: Eq + ?Sized>(self, hash: u64, key: &Q) -> Option<Search<K, V>>
    where
        K: Borrow<Q>,
    {
        let byte = byte(hash);
        let mut free: Option<(usize, bool)> = None;
        self.probe(hash, |number, group, bytes| {
            for slot in each(matches(bytes, byte)) {
                // SAFETY: passed on.
                if let Some(entry) = unsafe { group.entry_of(slot, key) } {
                    return Some(Search::There(number * GROUP + slot, entry));
                }
            }
            free = free.or_else(|| {
                let slot = each(!bytes & HIGH).next()?;
                Some((number * GROUP + slot, bytes >> (8 * slot) & 0xFF == GONE))
            });
            let is_end = matches(bytes, EMPTY) != 0;
            let (slot, was_used) = free.filter(|_| is_end)?;
            Some(Search::Absent(slot, was_used))
        })
    }

    /// Puts an entry into a slot, under the lock; in place of another with its key, or where none is.
    pub(super) fn put(self, slot: usize, entry: *mut Entry<K, V>, hash: u64) {
        let group = &self.0[slot / GROUP];
        // Release pairs with the Acquire of searches. Before the byte: who sees that sees the entry.
        group.slots[slot % GROUP].store(entry, Ordering::Release);
        group.set(slot % GROUP, byte(hash));
    }

    /// Puts an entry of a hash into the first slot that holds none; of a table that nobody else has.
    pub(super) fn add(self, entry: *mut Entry<K, V>, hash: u64) {
        let first = |number, _: &Group<K, V>, bytes: u64| Some(number * GROUP + each(!bytes & HIGH).next()?);
        if let Some(slot) = self.probe(hash, first) {
            self.put(slot, entry, hash);
        }
    }

    /// Takes the entry out of a slot, under the lock; whether the slot is as if nothing had been there. It is, if its group has an
    /// empty one already, for then no search goes past the group.
    pub(super) fn vacate(self, slot: usize) -> bool {
        let group = &self.0[slot / GROUP];
        // Relaxed: under the lock.
        let is_end = matches(group.bytes.load(Ordering::Relaxed), EMPTY) != 0;
        group.set(slot % GROUP, if is_end { EMPTY } else { GONE });
        // Relaxed: a search that saw the byte looks in vain, or finds the entry, which was there when it began.
        group.slots[slot % GROUP].store(ptr::null_mut(), Ordering::Relaxed);
        is_end
    }
}

impl<K, V> Group<K, V> {
    /// The entry in a slot, if it has the key.
    ///
    /// # Safety
    /// An entry that is found there stays during the call.
    #[inline]
    unsafe fn entry_of<Q: Eq + ?Sized>(&self, slot: usize, key: &Q) -> Option<*mut Entry<K, V>>
    where
        K: Borrow<Q>,
    {
        // Acquire pairs with the Release of `put`; and the slot may have changed since its byte was read.
        let entry = self.slots[slot].load(Ordering::Acquire);
        // SAFETY: as the caller promised.
        (!entry.is_null() && unsafe { (*entry).key.borrow() == key }).then_some(entry)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_cache_line() {
        assert_eq!(size_of::<Group<u64, u64>>(), 64);
        assert_eq!(size_of::<Table<u64, u64>>(), 64);
    }

    #[test]
    fn bytes_of_a_word_are_found() {
        let slots = |bits| each(bits).collect::<Vec<_>>();
        assert_eq!(slots(matches(0, EMPTY)), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(slots(matches(0x00_85_01_85_FF_80_00_85, 0x85)), [0, 4, 6]);
        // Above a byte that is found, its neighbour may be taken for another; the first is right.
        assert_eq!(slots(matches(0x00_85_80_85_FF_80_00_85, EMPTY))[0], 1);
        assert!(slots(matches(0x00_85_80_85_FF_80_81_85, EMPTY)).is_empty());
        assert!(slots(!0x00_85_80_85_FF_80_81_85 & HIGH).is_empty());
        assert_eq!(slots(!0x00_85_01_85_FF_80_00_85 & HIGH), [1, 5]);
    }
}
