//! Hash tables with one fixed seed: an analysis of one snapshot is the same every time.

use foldhash::fast::FixedState;

/// A map with the fixed seed.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, FixedState>;

/// A set with the fixed seed.
pub(crate) type Set<K> = hashbrown::HashSet<K, FixedState>;
