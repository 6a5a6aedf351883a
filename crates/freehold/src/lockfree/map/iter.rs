//! Iteration: shard by shard, over each shard's table as it is found.

use super::Map;
use super::entry::{Owned, Ref};
use super::shard::Shard;
use super::table::Slots;
use crate::lockfree::limbo::{Pin, pin};
use std::fmt;
use std::iter::FusedIterator;
use std::vec;

/// The entries of a [`Map`]; see [`Map::iter`].
pub struct Iter<'a, K, V> {
    shards: std::slice::Iter<'a, Shard<K, V>>,
    slots: Option<Slots<'a, K, V>>,
    slot: usize,
    /// Keeps the table, and the entries in it.
    pin: Pin,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(shards: &'a [Shard<K, V>]) -> Self {
        Iter {
            shards: shards.iter(),
            slots: None,
            slot: 0,
            pin: pin(),
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = Ref<'a, K, V>;

    fn next(&mut self) -> Option<Ref<'a, K, V>> {
        loop {
            let Some(slots) = self.slots.filter(|slots| self.slot < slots.len()) else {
                (self.slots, self.slot) = (self.shards.next()?.slots(), 0);
                continue;
            };
            let entry = slots.get(self.slot);
            self.slot += 1;
            if let Some(entry) = entry {
                // SAFETY: found in a table that was found while pinned. Of a table that was replaced meanwhile, the entries were there
                // when it was, which is since we are pinned.
                return Some(unsafe { Ref::new(entry, self.pin.clone()) });
            }
        }
    }
}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<'a, K, V, S> IntoIterator for &'a Map<K, V, S> {
    type Item = Ref<'a, K, V>;
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

/// The keys and values of a [`Map`] that is used up.
pub struct IntoIter<K, V> {
    shards: vec::IntoIter<Shard<K, V>>,
    entries: vec::IntoIter<Owned<K, V>>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(entry.into_inner());
            }
            self.entries = self.shards.next()?.take_entries().into_iter();
        }
    }
}

impl<K, V> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

impl<K, V, S> IntoIterator for Map<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter {
            shards: self.shards.into_vec().into_iter(),
            entries: Vec::new().into_iter(),
        }
    }
}
