//! An entry: a key and a value that do not change.

use super::super::limbo::Pin;
use super::super::node;
use std::fmt;
use std::mem;
use std::ops::Deref;

/// Never changed: an update puts another in its place.
pub(super) struct Entry<K, V> {
    pub(super) key: K,
    pub(super) value: V,
}

/// High bits that depend on all bits of a hash, also one whose own high bits are all alike (Knuth's multiplicative hashing).
#[inline]
pub(super) fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// An entry that nobody else has.
pub(super) struct Owned<K, V>(*mut Entry<K, V>);

impl<K, V> Owned<K, V> {
    pub(super) fn new(key: K, value: V) -> Self {
        Owned(node::new(Entry { key, value }))
    }

    /// An entry that was taken out of a table.
    ///
    /// # Safety
    /// From [`into_raw`](Self::into_raw); nobody else has it, or will.
    pub(super) unsafe fn from_raw(entry: *mut Entry<K, V>) -> Self {
        Owned(entry)
    }

    pub(super) fn address(&self) -> *const Entry<K, V> {
        self.0
    }

    pub(super) fn into_raw(self) -> *mut Entry<K, V> {
        let entry = self.0;
        mem::forget(self);
        entry
    }

    /// The key and the value.
    pub(super) fn into_inner(self) -> (K, V) {
        let entry = self.into_raw().cast::<mem::ManuallyDrop<Entry<K, V>>>();
        // SAFETY: ours alone; read once, and not dropped with its block.
        unsafe {
            let inner = mem::ManuallyDrop::into_inner(entry.read());
            node::free(entry);
            (inner.key, inner.value)
        }
    }
}

impl<K, V> Deref for Owned<K, V> {
    type Target = Entry<K, V>;

    fn deref(&self) -> &Entry<K, V> {
        // SAFETY: ours.
        unsafe { &*self.0 }
    }
}

impl<K, V> Drop for Owned<K, V> {
    fn drop(&mut self) {
        // SAFETY: ours alone.
        unsafe { node::free(self.0) };
    }
}

// SAFETY: ours alone, as a box is.
unsafe impl<K: Send, V: Send> Send for Owned<K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for Owned<K, V> {}

/// A value in a [`Map`](super::Map), or one that was there when it was looked up. It stays as long as this lives, on
/// this thread; and while any lives, nothing that is taken out of a map is dropped, nor are nodes of stacks and queues given back. (One
/// that is forgotten by `mem::forget` lives for ever.) So it is for looking, not for keeping: to
/// keep the value, clone it (`clone` is the value's, for a `Ref` has none).
#[must_use]
pub struct Ref<'a, K, V> {
    entry: &'a Entry<K, V>,
    /// Keeps the entry.
    _pin: Pin,
}

impl<'a, K, V> Ref<'a, K, V> {
    /// # Safety
    /// The entry was found, or taken out, while pinned.
    #[inline]
    pub(super) unsafe fn new(entry: *const Entry<K, V>, pin: Pin) -> Self {
        Ref {
            // SAFETY: kept by the pin, as the caller promised; and by the borrow of the map.
            entry: unsafe { &*entry },
            _pin: pin,
        }
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &K {
        &self.entry.key
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        &self.entry.value
    }

    /// Key and value.
    #[inline]
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }

    pub(super) fn address(&self) -> *const Entry<K, V> {
        self.entry
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(self.key()).field(self.value()).finish()
    }
}

impl<K, V: fmt::Display> fmt::Display for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}
