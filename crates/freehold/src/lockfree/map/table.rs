//! A shard's table: open addressing with linear probing, of tagged addresses of entries.
//!
//! | a slot holds | |
//! | --- | --- |
//! | 0 | nothing, and nothing did: a search ends here |
//! | [`GONE`] | an entry was here: a search goes on |
//! | an address, with a [`tag`] in its low bits | an entry |
//!
//! Slots are read by anybody who is pinned, and changed under the shard's lock. A table does not grow: another takes its place, and
//! this one is retired as it was at that moment. Its slots are allocated with it, in one block.

use super::entry::{Entry, Owned, TAG, tag};
use crate::primitive::{AtomicPtr, Ordering, size};
use std::alloc::{Layout, handle_alloc_error};
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

/// What a slot holds in place of an entry that was removed.
const GONE: usize = 1;

/// The fewest slots of a table.
pub(super) const SMALLEST: usize = size(2, 8);

/// The head of the block; the slots follow.
pub(super) struct Table<K, V> {
    /// The number of slots, a power of two, less one.
    mask: usize,
    of: PhantomData<Owned<K, V>>,
}

type Slot<K, V> = AtomicPtr<Entry<K, V>>;

impl<K, V> Table<K, V> {
    /// The block of a table with so many slots, and where in it they begin. `None`: more than there are addresses.
    fn layout(slots: usize) -> Option<(Layout, usize)> {
        let slots = Layout::array::<Slot<K, V>>(slots).ok()?;
        Layout::new::<Table<K, V>>().extend(slots).ok()
    }

    /// An empty table; `slots` is a power of two.
    ///
    /// # Panics
    /// If so many slots do not fit into the address space.
    pub(super) fn new(slots: usize) -> *mut Table<K, V> {
        let (layout, first) = Self::layout(slots).expect("capacity overflow");
        // SAFETY: not of size 0.
        let block = unsafe { std::alloc::alloc(layout) };
        if block.is_null() {
            handle_alloc_error(layout);
        }
        let table = block.cast::<Table<K, V>>();
        // SAFETY: a fresh block with room for the head, and for so many slots behind.
        unsafe {
            table.write(Table {
                mask: slots - 1,
                of: PhantomData,
            });
            let first = block.add(first).cast::<Slot<K, V>>();
            (0..slots).for_each(|slot| first.add(slot).write(AtomicPtr::new(ptr::null_mut())));
        }
        table
    }

    /// Gives the block back, and leaves the entries alone.
    ///
    /// # Safety
    /// From [`new`](Self::new), or null; nobody uses it any more.
    pub(super) unsafe fn free(table: *mut ()) {
        let table = table.cast::<Table<K, V>>();
        let Some(slots) = NonNull::new(table) else { return };
        // SAFETY: as the caller promised.
        let slots = unsafe { slots.as_ref() }.mask + 1;
        if let Some((layout, first)) = Self::layout(slots) {
            // SAFETY: as the caller promised; the layout is the one that it was allocated with.
            unsafe {
                let first = table.cast::<u8>().add(first).cast::<Slot<K, V>>();
                ptr::slice_from_raw_parts_mut(first, slots).drop_in_place();
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
        size_of::<Self>() + (unsafe { (*table).mask } + 1) * size_of::<Slot<K, V>>()
    }

    /// The slots of a table.
    ///
    /// # Safety
    /// From [`new`](Self::new), and not freed while the slots are borrowed.
    #[inline]
    pub(super) unsafe fn slots<'a>(table: *const Table<K, V>) -> Slots<'a, K, V> {
        const { assert!(size_of::<Table<K, V>>().is_multiple_of(align_of::<Slot<K, V>>())) };
        // SAFETY: as the caller promised; the slots follow the head, which is as long as their alignment asks for.
        let slots = unsafe { std::slice::from_raw_parts(table.add(1).cast::<Slot<K, V>>(), (*table).mask + 1) };
        Slots(slots)
    }
}

/// A table's slots.
pub(super) struct Slots<'a, K, V>(&'a [Slot<K, V>]);

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

/// The address in a slot, if there is an entry.
#[inline]
fn entry<K, V>(slot: *mut Entry<K, V>) -> Option<*mut Entry<K, V>> {
    let entry = slot.map_addr(|address| address & !TAG);
    (!entry.is_null()).then_some(entry)
}

impl<'a, K, V> Slots<'a, K, V> {
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The entry in a slot, if there is one.
    #[inline]
    pub(super) fn get(self, slot: usize) -> Option<*mut Entry<K, V>> {
        // Acquire pairs with the Release of `put`.
        entry(self.0[slot].load(Ordering::Acquire))
    }

    /// All entries.
    pub(super) fn entries(self) -> impl Iterator<Item = *mut Entry<K, V>> + 'a {
        // Acquire as above.
        self.0.iter().filter_map(|slot| entry(slot.load(Ordering::Acquire)))
    }

    /// The slots from a hash's own on, once around, until `stop` returns something for one and what it holds. Under the lock it does for
    /// an empty one, and there always is one.
    #[inline]
    fn probe<R>(self, hash: u64, mut stop: impl FnMut(usize, *mut Entry<K, V>) -> Option<R>) -> Option<R> {
        let mask = self.0.len() - 1;
        let first = hash as usize;
        let mut step = 0;
        while step <= mask {
            let slot = first.wrapping_add(step) & mask;
            // SAFETY: less than the number of slots, by the mask.
            let held = unsafe { self.0.get_unchecked(slot) };
            // Acquire pairs with the Release of `put`: the entry is seen as it was made.
            let result = stop(slot, held.load(Ordering::Acquire));
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
        self.probe(hash, |_, held| {
            // SAFETY: passed on.
            if unsafe { is_of(held, hash, key) } {
                return Some(entry(held));
            }
            held.is_null().then_some(None)
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
        let mut gone = None;
        self.probe(hash, |slot, held| {
            if held.is_null() {
                return Some(Search::Absent(gone.unwrap_or(slot), gone.is_some()));
            }
            if held.addr() == GONE {
                gone = gone.or(Some(slot));
                return None;
            }
            // SAFETY: passed on.
            let is_of = unsafe { is_of(held, hash, key) };
            is_of.then(|| Search::There(slot, held.map_addr(|address| address & !TAG)))
        })
    }

    /// Puts an entry into a slot, under the lock.
    pub(super) fn put(self, slot: usize, entry: *mut Entry<K, V>, hash: u64) {
        // Release pairs with the Acquire of searches.
        self.0[slot].store(entry.map_addr(|address| address | tag(hash)), Ordering::Release);
    }

    /// Puts an entry of a hash into the first slot that holds none; of a table that nobody else has.
    pub(super) fn add(self, entry: *mut Entry<K, V>, hash: u64) {
        if let Some(slot) = self.probe(hash, |slot, held| held.is_null().then_some(slot)) {
            self.put(slot, entry, hash);
        }
    }

    /// Takes the entry out of a slot, under the lock; how many slots less hold something from now on: those at the end of a run
    /// of slots are as if nothing had been there, since no search goes past them.
    pub(super) fn vacate(self, slot: usize) -> usize {
        let mask = self.0.len() - 1;
        // Relaxed, here and below: under the lock; and searches that see an old slot go on.
        let is_end = self.0[(slot + 1) & mask].load(Ordering::Relaxed).is_null();
        if !is_end {
            self.0[slot].store(ptr::without_provenance_mut(GONE), Ordering::Relaxed);
            return 0;
        }
        let mut freed = 0;
        let mut slot = slot;
        loop {
            self.0[slot].store(ptr::null_mut(), Ordering::Relaxed);
            freed += 1;
            slot = slot.wrapping_sub(1) & mask;
            if self.0[slot].load(Ordering::Relaxed).addr() != GONE {
                return freed;
            }
        }
    }
}

/// Whether what a slot holds is an entry with the key.
///
/// # Safety
/// The entry, if it is one, stays during the call.
#[inline]
unsafe fn is_of<K: Borrow<Q>, V, Q: Eq + ?Sized>(held: *mut Entry<K, V>, hash: u64, key: &Q) -> bool {
    if held.addr() & TAG != tag(hash) {
        return false;
    }
    // SAFETY: as the caller promised.
    entry(held).is_some_and(|entry| unsafe { (*entry).key.borrow() == key })
}
