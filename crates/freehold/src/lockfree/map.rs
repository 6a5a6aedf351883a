//! `Map`: a hash map that is read without a lock.
//!
//! **Problem.** A lock around a map, or around each of its shards, costs a reader two atomic read-modify-writes of a word that all
//! readers write to; that is more than a look-up, and gets worse with each thread.
//!
//! **Mechanism.** A reader pins ([limbo](super::limbo)), searches a table of addresses ([`table`]), and reads the entry, which never
//! changes. A writer takes its shard's lock, puts an address into a slot, and retires the entry that was there. A table that is full is
//! replaced by a larger one; readers of the old one see the shard as it was at that moment.
//!
//! **The collector** enters a shard by its lock, as any cell; writers make it leave. Readers do not notice.
//!
//! **Cost.** A table takes 64 bytes for each 2.5 to 5 entries; an entry takes its block; a shard, with its lock, 128 bytes.
//!
//! **Source.** Desnoyers and others, *User-Level Implementations of Read-Copy Update* (IEEE TPDS 2012), for how readers and writers meet.

mod entry;
mod iter;
mod shard;
mod table;

use super::limbo::{self, pin, pin_to_change};
use crate::primitive::size;
use crate::trace::{Depth, Trace, Tracer};
use entry::{Entry, Owned, spread};
use shard::{Put, Shard};
use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub use entry::Ref;
pub use iter::{IntoIter, Iter};

/// A hash map that any number of threads read and change.
///
/// Progress: `get`, `contains_key` and iteration are wait-free (a search passes each slot of a table at most once); what changes
/// the map blocks on one of its shards, of which there are four for each processor, for the time of one such change. Of a
/// shard that the collector is in, a writer makes it leave, which takes a few edges' time. Shards are locks: in the child of a fork, one
/// that another thread held stays held.
///
/// Linearisable, operations of one key: each takes effect at one instant between its call and its return. `len` and iteration are not:
/// they see each shard at a moment of its own, and an iterator shows every entry that was there all the time.
///
/// A look-up gives a [`Ref`], which keeps the value while it is looked at. A value that was removed or replaced is dropped when nobody
/// can be looking at it any more: within some ten milliseconds, on the collector's thread, or by the next
/// [`gc::collect`](crate::gc::collect). Keys and values are therefore `'static`, `Send` and `Sync`. Until then its handles count as held
/// from outside. Threads that remove faster than that thread drops are slowed down, by up to a quarter of a second for
/// each 512 values.
///
/// Cost: a shard takes 128 bytes, and 64 bytes for each 2.5 to 5 entries; an entry is a block of the pool. Tables
/// grow, and shrink when they are replaced for the slots of removed entries.
///
/// The keys' `Eq` and `Hash` run under a shard's lock when the map is changed, so they must not use the map. The functions that
/// are passed to methods run under none. It is a logic error, as for std's maps, if a key's hash or equality changes while it is in the map.
///
/// ```
/// use freehold::{Gc, Trace, gc, lockfree::Map};
///
/// #[derive(Trace)]
/// struct Room {
///     name: &'static str,
///     next: Map<String, Gc<Room>>,
/// }
/// let room = |name| Gc::new(Room { name, next: Map::new() });
/// let (hall, attic) = (room("hall"), room("attic"));
/// hall.next.insert("up".into(), attic.clone());
/// attic.next.insert("down".into(), hall.clone());
/// assert_eq!(hall.next.get("up").unwrap().name, "attic");
/// drop((hall, attic)); // they hold each other
/// assert_eq!(gc::collect().collected, 2);
/// ```
pub struct Map<K, V, S = RandomState> {
    /// As many as a power of two.
    shards: Box<[Shard<K, V>]>,
    hasher: S,
}

/// As many as bits of a hash tell apart.
const MOST_SHARDS: usize = 1 << 16;

/// Four for each processor, as many as the next power of two.
fn default_shards() -> usize {
    static SHARDS: AtomicUsize = AtomicUsize::new(0);
    // Relaxed: found out twice at worst.
    match SHARDS.load(Ordering::Relaxed) {
        0 => {
            let processors = thread::available_parallelism().map_or(1, usize::from);
            let shards = size(1, (4 * processors).next_power_of_two().min(MOST_SHARDS));
            SHARDS.store(shards, Ordering::Relaxed);
            shards
        }
        shards => shards,
    }
}

impl<K, V> Map<K, V> {
    /// An empty map, with std's hasher. Allocates its shards only.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// An empty map, with room for so many entries.
    ///
    /// # Panics
    /// If so many do not fit into the address space, as std's do.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> Map<K, V, S> {
    /// An empty map.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// An empty map, with room for so many entries.
    ///
    /// # Panics
    /// If so many do not fit into the address space, as std's do.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::build(default_shards(), capacity, hasher)
    }

    /// An empty map with so many shards, or the next power of two, at most 65,536: fewer are lighter, with more, fewer writers meet.
    ///
    /// ```
    /// # use std::hash::RandomState;
    /// // For few writers.
    /// let map = freehold::lockfree::Map::with_shards(1, RandomState::new());
    /// map.insert("key", 1);
    /// ```
    #[must_use]
    pub fn with_shards(shards: usize, hasher: S) -> Self {
        let shards = shards.clamp(1, MOST_SHARDS).next_power_of_two();
        Self::build(shards, 0, hasher)
    }

    fn build(shards: usize, capacity: usize, hasher: S) -> Self {
        let capacity = capacity.div_ceil(shards);
        // What is above the mean by chance has room too.
        let capacity = if capacity == 0 {
            0
        } else {
            capacity.saturating_add(capacity / 8)
        };
        Map {
            shards: (0..shards).map(|_| Shard::new(capacity)).collect(),
            hasher,
        }
    }

    /// The hasher.
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The number of entries, each shard's at a moment of its own.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// Whether there are none, each shard at a moment of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.len() == 0)
    }

    /// The entries, in no order. Those that are there all the time are shown, once; those that come or go meanwhile may be. While the iterator
    /// lives, nothing that was taken out of a map is dropped.
    ///
    /// ```
    /// let map = freehold::lockfree::Map::from([(1, "one"), (2, "two")]);
    /// let mut keys: Vec<i32> = map.iter().map(|entry| *entry.key()).collect();
    /// keys.sort();
    /// assert_eq!(keys, [1, 2]);
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.shards)
    }

    /// The shard of a hash.
    #[inline]
    fn shard(&self, hash: u64) -> &Shard<K, V> {
        &self.shards[(spread(hash) >> 48) as usize & (self.shards.len() - 1)]
    }
}

impl<K, V, S> Map<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// The value of a key.
    #[inline]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        self.find(self.hasher.hash_one(key), key)
    }

    #[inline]
    fn find<Q: Eq + ?Sized>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        let pin = pin();
        let slots = self.shard(hash).slots()?;
        // SAFETY: pinned before the table was found.
        let entry = unsafe { slots.find(hash, key) }?;
        // SAFETY: found while pinned.
        Some(unsafe { Ref::new(entry, pin) })
    }

    /// How keys are hashed.
    fn rehash(&self) -> impl Fn(&K) -> u64 + '_ {
        |key| self.hasher.hash_one(key)
    }

    /// Whether there is a value of a key.
    #[inline]
    #[must_use]
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key, and returns the one that was there. The key is replaced as well.
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<Ref<'_, K, V>> {
        let hash = self.hasher.hash_one(&key);
        let mut entry = Some(Owned::new(key, value));
        let pin = pin_to_change();
        // Not in the `match`, at whose end only the lock would be let go.
        let put = self.shard(hash).lock().put(&mut entry, self.rehash(), hash, |_| true);
        match put {
            Put::Done(old) => self.retired(old?, pin),
            Put::Refused(_) => None,
        }
    }

    /// Removes the value of a key, and returns it.
    #[inline]
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let pin = pin_to_change();
        let old = self.shard(hash).lock().remove(hash, key, |_| true);
        self.retired(old?, pin)
    }

    /// The value of a key, which `make` makes if there is none. Under no lock; so if another thread is faster, what was made is dropped,
    /// and the other's returned.
    ///
    /// ```
    /// let map = freehold::lockfree::Map::new();
    /// assert_eq!(*map.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*map.get_or_insert_with("a", || 2), 1);
    /// ```
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        let hash = self.hasher.hash_one(&key);
        if let Some(there) = self.find(hash, &key) {
            return there;
        }
        let mut entry = Some(Owned::new(key, make()));
        let address = entry.as_ref().map(Owned::address);
        loop {
            let pin = pin_to_change();
            let is_expected = |there: Option<_>| there.is_none();
            let put = self
                .shard(hash)
                .lock()
                .put(&mut entry, self.rehash(), hash, is_expected);
            let there = match put {
                Put::Done(_) => address,
                Put::Refused(there) => there.map(<*mut _>::cast_const),
            };
            if let Some(there) = there {
                // SAFETY: it was there, or was put there, while pinned.
                return unsafe { Ref::new(there, pin) };
            }
        }
    }

    /// Replaces the value of a key by what `change` makes of it, again if another thread was faster; `None` is no value. Returns the new
    /// one. `change` runs under no lock.
    ///
    /// ```
    /// let counts = freehold::lockfree::Map::new();
    /// for word in ["a", "b", "a"] {
    ///     counts.update(word, |count| Some(count.map_or(1, |count| count + 1)));
    /// }
    /// assert_eq!(*counts.get("a").unwrap(), 2);
    /// assert!(counts.update("b", |_| None).is_none() && counts.len() == 1);
    /// ```
    pub fn update(&self, key: K, mut change: impl FnMut(Option<&V>) -> Option<V>) -> Option<Ref<'_, K, V>> {
        let hash = self.hasher.hash_one(&key);
        let mut key = key;
        loop {
            let current = self.find(hash, &key);
            let expected = current.as_ref().map(Ref::address);
            let is_expected = |there: Option<*mut Entry<K, V>>| there.map(<*mut _>::cast_const) == expected;
            let Some(value) = change(current.as_deref()) else {
                if self.remove_if(hash, &key, is_expected) {
                    return None;
                }
                continue;
            };
            let mut entry = Some(Owned::new(key, value));
            let (address, pin) = (entry.as_ref().map(Owned::address), pin_to_change());
            let put = self
                .shard(hash)
                .lock()
                .put(&mut entry, self.rehash(), hash, is_expected);
            if let (Put::Done(old), Some(new)) = (&put, address) {
                // SAFETY: it was put there while pinned.
                let new = unsafe { Ref::new(new, pin.clone()) };
                drop(old.and_then(|old| self.retired(old, pin)));
                return Some(new);
            }
            key = entry?.into_inner().0;
        }
    }

    /// Removes the value of a key if it is the expected one, or none if none is; whether it was.
    fn remove_if(&self, hash: u64, key: &K, is_expected: impl Fn(Option<*mut Entry<K, V>>) -> bool) -> bool {
        if is_expected(None) {
            // There was none at the look-up.
            return true;
        }
        let pin = pin_to_change();
        let old = self
            .shard(hash)
            .lock()
            .remove(hash, key, |there| is_expected(Some(there)));
        old.and_then(|old| self.retired(old, pin)).is_some()
    }

    /// Keeps the entries that `keep` says so of, which runs under no lock; one that is changed meanwhile is kept.
    ///
    /// ```
    /// let map: freehold::lockfree::Map<u32, ()> = (0..10).map(|key| (key, ())).collect();
    /// map.retain(|key, ()| key % 2 == 0);
    /// assert_eq!(map.len(), 5);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        for entry in self.iter() {
            if !keep(entry.key(), entry.value()) {
                let seen = entry.address();
                self.remove_if(self.hasher.hash_one(entry.key()), entry.key(), |there| {
                    there.is_some_and(|there| there.cast_const() == seen)
                });
            }
        }
    }

    /// Removes all entries, each shard's at a moment of its own.
    pub fn clear(&self) {
        for shard in &self.shards {
            let _pin = pin();
            let entries = shard.lock().clear();
            entries.into_iter().for_each(|old| _ = self.retired(old, pin()));
        }
    }

    /// An entry that was taken out, while pinned, goes to limbo.
    fn retired(&self, old: *mut Entry<K, V>, pin: limbo::Pin) -> Option<Ref<'_, K, V>> {
        // SAFETY: taken out under the shard's lock, for good, and by us; keys and values can be dropped by any thread.
        unsafe {
            if std::mem::needs_drop::<Entry<K, V>>() {
                limbo::retire(old);
            } else {
                limbo::retire_memory(old);
            }
        }
        // SAFETY: found while pinned.
        Some(unsafe { Ref::new(old, pin) })
    }
}

// SAFETY: each shard is shown once; see there. The hasher holds no handle that is shown.
unsafe impl<K: Trace, V: Trace, S> Trace for Map<K, V, S> {
    fn trace(&self, tracer: &mut Tracer) {
        if K::may_hold_gc::<crate::trace::Top>() || V::may_hold_gc::<crate::trace::Top>() {
            tracer.nested(|tracer| tracer.each(self.shards.iter(), Trace::trace));
        }
    }

    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        Shard::<K, V>::may_hold_gc::<D>()
    }
}

impl<K, V, S> Extend<(K, V)> for Map<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries
            .into_iter()
            .for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<K, V, S> FromIterator<(K, V)> for Map<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Map::with_capacity_and_hasher(entries.size_hint().0, S::default());
        map.extend(entries);
        map
    }
}

impl<K, V, const N: usize> From<[(K, V); N]> for Map<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S: Default> Default for Map<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Map<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for entry in self {
            map.entry(entry.key(), entry.value());
        }
        map.finish()
    }
}
