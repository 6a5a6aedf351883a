//! The maps, and the values in them.

use std::sync::Arc;

use foldhash::fast::FixedState;
use freehold::Gc;

/// A map that threads share, from numbers to values that are made of numbers.
pub trait Map: Sync {
    /// An empty one.
    fn new() -> Self;

    /// The number that the key's value is made of.
    fn get(&self, key: u64) -> Option<u64>;

    /// Gives the key a value made of itself.
    fn insert(&self, key: u64);

    /// Removes the key.
    fn remove(&self, key: u64);
}

/// A value made of a number.
pub trait Value: Clone + Send + Sync + 'static {
    fn of(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Value for u64 {
    fn of(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

impl Value for Arc<u64> {
    fn of(number: u64) -> Self {
        Self::new(number)
    }

    fn number(&self) -> u64 {
        **self
    }
}

impl Value for Gc<u64> {
    fn of(number: u64) -> Self {
        Self::new(number)
    }

    fn number(&self) -> u64 {
        **self
    }
}

/// dashmap's: a table for each of some shards, behind locks.
pub struct DashMap<V>(dashmap::DashMap<u64, V, FixedState>);

impl<V: Value> Map for DashMap<V> {
    fn new() -> Self {
        Self(dashmap::DashMap::with_hasher(FixedState::default()))
    }

    fn get(&self, key: u64) -> Option<u64> {
        // Out of the shard's lock with the value, as the others are.
        let value = self.0.get(&key).map(|entry| entry.value().clone());
        value.map(|value| value.number())
    }

    fn insert(&self, key: u64) {
        self.0.insert(key, V::of(key));
    }

    fn remove(&self, key: u64) {
        self.0.remove(&key);
    }
}

/// papaya's: one table, without locks; entries are allocated one by one, and reclaimed by the crate seize.
pub struct Papaya<V>(papaya::HashMap<u64, V, FixedState>);

impl<V: Value> Map for Papaya<V> {
    fn new() -> Self {
        Self(papaya::HashMap::with_hasher(FixedState::default()))
    }

    fn get(&self, key: u64) -> Option<u64> {
        let value = self.0.pin().get(&key).cloned();
        value.map(|value| value.number())
    }

    fn insert(&self, key: u64) {
        self.0.pin().insert(key, V::of(key));
    }

    fn remove(&self, key: u64) {
        self.0.pin().remove(&key);
    }
}

/// freehold's: a table of entries for each of some shards, searched without their locks.
pub struct Freehold<V>(freehold::lockfree::Map<u64, V, FixedState>);

impl<V: Value> Map for Freehold<V> {
    fn new() -> Self {
        Self(freehold::lockfree::Map::with_hasher(FixedState::default()))
    }

    fn get(&self, key: u64) -> Option<u64> {
        let value = self.0.get(&key).map(|value| V::clone(&value));
        value.map(|value| value.number())
    }

    fn insert(&self, key: u64) {
        self.0.insert(key, V::of(key));
    }

    fn remove(&self, key: u64) {
        self.0.remove(&key);
    }
}

/// What every map that is measured must do.
#[cfg(test)]
pub fn check<M: Map>() {
    let map = M::new();
    map.insert(7);
    map.insert(7);
    assert_eq!((map.get(7), map.get(8)), (Some(7), None));
    map.remove(7);
    map.remove(8);
    assert_eq!(map.get(7), None);
}
