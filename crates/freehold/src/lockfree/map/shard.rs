//! A shard: a table, and the lock of those who change it.

use super::entry::{Entry, Owned};
use super::table::{FULL, Search, Slots, Table};
use crate::lockfree::limbo;
use crate::primitive::{AtomicPtr, AtomicUsize, Ordering, use_first};

use crate::sync::{RawMutex, show};
use crate::trace::{Depth, Trace, Tracer};
use lock_api::RawMutex as _;
use std::borrow::Borrow;
use std::cell::Cell;
use std::mem;
use std::ptr;

/// On cache lines of its own.
#[repr(align(128))]
pub(super) struct Shard<K, V> {
    /// Null until the first entry comes. Changed under the lock.
    table: AtomicPtr<Table<K, V>>,
    lock: RawMutex,
    /// The number of entries. Changed under the lock.
    len: AtomicUsize,
    /// The number of slots that hold an entry, or held one and are not as if they never had. Under the lock.
    used: Cell<usize>,
}

// SAFETY: what is not atomic is used under the lock; entries are shared among threads, and dropped by any.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Shard<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send, V: Send> Send for Shard<K, V> {}

/// Whether a table with so many groups has room for so many used slots.
fn has_room(used: usize, groups: usize) -> bool {
    used <= groups * FULL
}

/// The groups of a new table for so many entries.
///
/// # Panics
/// If there is no such number.
fn groups_for(entries: usize) -> usize {
    let groups = entries.div_ceil(FULL).max(1).checked_next_power_of_two();
    groups.expect("capacity overflow")
}

impl<K, V> Shard<K, V> {
    /// An empty shard, with room for so many entries.
    pub(super) fn new(entries: usize) -> Self {
        let table = match entries {
            0 => ptr::null_mut(),
            entries => Table::new(groups_for(entries)),
        };
        let shard = Shard {
            table: AtomicPtr::new(table),
            lock: RawMutex::INIT,
            len: AtomicUsize::new(0),
            used: Cell::new(0),
        };
        use_first(&shard.lock);
        shard
    }

    /// The table's slots, while pinned.
    #[inline]
    pub(super) fn slots<'a>(&self) -> Option<Slots<'a, K, V>> {
        // Acquire pairs with the Release of `grow`.
        let table = self.table.load(Ordering::Acquire);
        // SAFETY: a table that was found while pinned stays.
        (!table.is_null()).then(|| unsafe { Table::slots(table) })
    }

    /// The number of entries at the moment.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    pub(super) fn lock(&self) -> Locked<'_, K, V> {
        self.lock.lock();
        Locked {
            shard: self,
            replaced: Cell::new(ptr::null_mut()),
        }
    }

    /// All entries, of a shard that nobody else has.
    pub(super) fn take_entries(&mut self) -> Vec<Owned<K, V>> {
        let Some(slots) = self.slots() else { return Vec::new() };
        // SAFETY: entries come from `Owned`, and nobody looks at the table again, which goes here.
        let entries = slots.entries().map(|entry| unsafe { Owned::from_raw(entry) }).collect();
        let table = self.table.load(Ordering::Relaxed);
        self.table.store(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: nobody else has the shard.
        unsafe { Table::<K, V>::free(table.cast()) };
        entries
    }
}

impl<K, V> Drop for Shard<K, V> {
    fn drop(&mut self) {
        drop(self.take_entries());
    }
}

/// A shard whose lock is held.
pub(super) struct Locked<'a, K, V> {
    shard: &'a Shard<K, V>,
    /// The table that was replaced meanwhile, if one was. At most once.
    replaced: Cell<*mut Table<K, V>>,
}

impl<K, V> Drop for Locked<'_, K, V> {
    fn drop(&mut self) {
        // SAFETY: taken by `Shard::lock`.
        unsafe { self.shard.lock.unlock() };
        let replaced = self.replaced.get();
        if !replaced.is_null() {
            // SAFETY: taken out under the lock, for good; the entries are not dropped with it.
            unsafe { limbo::retire_memory_by(replaced.cast(), Table::<K, V>::bytes(replaced), Table::<K, V>::free) };
        }
    }
}

/// What became of an attempt to put an entry into a shard.
pub(super) enum Put<K, V> {
    /// It is there, in place of another, if there was one, which is the caller's to retire.
    Done(Option<*mut Entry<K, V>>),
    /// What was there is not what was expected.
    Refused(Option<*mut Entry<K, V>>),
}

impl<K: Eq + 'static, V: 'static> Locked<'_, K, V> {
    /// Puts an entry where one with its key is or can go, if `is_expected` says so of what is there. Otherwise it stays with the
    /// caller, as it does in a panic of the key's: its drop must not run under the lock.
    #[inline]
    pub(super) fn put(
        &self,
        entry: &mut Option<Owned<K, V>>,
        hash_one: impl Fn(&K) -> u64,
        hash: u64,
        is_expected: impl FnOnce(Option<*mut Entry<K, V>>) -> bool,
    ) -> Put<K, V> {
        let Some(new) = entry.as_ref() else {
            return Put::Refused(None);
        };
        let slots = self.slots_with_room(hash_one);
        // SAFETY: locked.
        let (slot, old, is_new) = match unsafe { slots.search(hash, &new.key) } {
            Some(Search::There(slot, old)) => (slot, Some(old), false),
            Some(Search::Absent(slot, was_used)) => (slot, None, !was_used),
            None => return Put::Refused(None),
        };
        if !is_expected(old) {
            return Put::Refused(old);
        }
        if let Some(new) = entry.take() {
            self.count(isize::from(old.is_none()), isize::from(is_new));
            slots.put(slot, new.into_raw(), hash);
        }
        Put::Done(old)
    }

    /// Takes out the entry with a key, if `is_expected` says so of it; it is the caller's to retire.
    pub(super) fn remove<Q: Eq + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
        is_expected: impl FnOnce(*mut Entry<K, V>) -> bool,
    ) -> Option<*mut Entry<K, V>>
    where
        K: Borrow<Q>,
    {
        let slots = self.shard.slots()?;
        // SAFETY: locked.
        let Some(Search::There(slot, entry)) = (unsafe { slots.search(hash, key) }) else {
            return None;
        };
        if !is_expected(entry) {
            return None;
        }
        let is_free = slots.vacate(slot);
        self.count(-1, -isize::from(is_free));
        Some(entry)
    }

    /// Takes all entries out; they are the caller's to retire.
    pub(super) fn clear(&self) -> Vec<*mut Entry<K, V>> {
        let Some(slots) = self.shard.slots() else {
            return Vec::new();
        };
        let entries = slots.entries().collect();
        self.replace(ptr::null_mut());
        self.shard.len.store(0, Ordering::Relaxed);
        self.shard.used.set(0);
        entries
    }

    fn count(&self, entries: isize, slots: isize) {
        // Relaxed: changed under the lock; who reads it without wants no more than a number.
        let len = self.shard.len.load(Ordering::Relaxed);
        self.shard
            .len
            .store(len.wrapping_add_signed(entries), Ordering::Relaxed);
        self.shard.used.set(self.shard.used.get().wrapping_add_signed(slots));
    }

    /// The table's slots, at least one more of which can be used.
    #[inline]
    fn slots_with_room(&self, hash_one: impl Fn(&K) -> u64) -> Slots<'_, K, V> {
        match self.shard.slots() {
            Some(slots) if has_room(self.shard.used.get() + 1, slots.groups()) => slots,
            slots => self.grow(slots, hash_one),
        }
    }

    /// A table for half as many entries again as there are; or of the same size, without the slots of removed ones.
    #[cold]
    fn grow(&self, old: Option<Slots<'_, K, V>>, hash_one: impl Fn(&K) -> u64) -> Slots<'_, K, V> {
        let len = self.shard.len();
        let table = NewTable(Table::new(groups_for(len + len / 2 + 1)));
        // SAFETY: from `new`; and it is freed only when it was replaced, under the lock that we hold.
        let slots = unsafe { Table::slots(table.0) };
        for entry in old.into_iter().flat_map(Slots::entries) {
            // SAFETY: entries of the table stay while the shard is locked.
            slots.add(entry, hash_one(unsafe { &(*entry).key }));
        }
        self.replace(table.into_raw());
        self.shard.used.set(len);
        slots
    }

    fn replace(&self, table: *mut Table<K, V>) {
        let old = self.shard.table.load(Ordering::Relaxed);
        // Release pairs with the Acquire of `Shard::slots`: the table is seen as it was made.
        self.shard.table.store(table, Ordering::Release);
        self.replaced.set(old);
    }
}

/// A table that is being filled; freed if a key's `Hash` panics.
struct NewTable<K, V>(*mut Table<K, V>);

impl<K, V> NewTable<K, V> {
    fn into_raw(self) -> *mut Table<K, V> {
        let table = self.0;
        mem::forget(self);
        table
    }
}

impl<K, V> Drop for NewTable<K, V> {
    fn drop(&mut self) {
        // SAFETY: nobody else has seen it.
        unsafe { Table::<K, V>::free(self.0.cast()) };
    }
}

/// A shard as the collector sees it when it is inside.
#[repr(transparent)]
struct Entries<K, V>(Shard<K, V>);

// SAFETY: the entries are shown once, under the lock, with the version that acquiring it bumps; a held shard is not looked into.
unsafe impl<K: Trace, V: Trace> Trace for Shard<K, V> {
    fn trace(&self, tracer: &mut Tracer) {
        // A shard that was never used shows nothing; what comes into it between two looks is not counted.
        if !self.table.load(Ordering::Relaxed).is_null() {
            // SAFETY: borrowed with the shard, whose lock guards it; and of the same layout.
            unsafe { show(&self.lock, ptr::from_ref(self).cast::<Entries<K, V>>(), tracer) };
        }
    }

    fn may_hold_gc<D: Depth>() -> bool {
        Entries::<K, V>::may_hold_gc::<D>()
    }
}

// SAFETY: keys and values are shown once; an entry is replaced under the shard's lock only, and does not change.
unsafe impl<K: Trace, V: Trace> Trace for Entries<K, V> {
    fn trace(&self, tracer: &mut Tracer) {
        let entries = self.0.slots().into_iter().flat_map(Slots::entries);
        tracer.each(entries, |entry, tracer| {
            // SAFETY: the collector has the shard's lock, under which entries stay.
            let entry = unsafe { &*entry };
            entry.key.trace(tracer);
            entry.value.trace(tracer);
        });
    }

    fn may_hold_gc<D: Depth>() -> bool {
        D::BOTTOM || K::may_hold_gc::<D::Less>() || V::may_hold_gc::<D::Less>()
    }
}
