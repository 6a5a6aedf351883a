//! The tables of keys behind dictionaries, and the ones that a class shares with its instances.
//!
//! Up to 3.10 a table opens with a reference count, a size, a lookup function and two counters; from 3.11 with a
//! compact header whose kind says whether all keys are strings. Indices follow, one to eight bytes each,
//! then the entries: hash, key, value, or only key and value where all keys are strings.

use crate::layout::{Attributes, Layout, OB_SIZE, dict, flag};
use crate::object::{Gil, Obj, Type};

/// From 3.11: any keys; only strings; only strings and the values kept elsewhere.
const GENERAL: u8 = 0;

/// A table of keys.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    entries: usize,
    stride: usize,
    key_at: usize,
    /// Entries in use, deleted ones included.
    pub(crate) used: usize,
    /// Entries that there is room for.
    pub(crate) capacity: usize,
    size: usize,
}

impl Table {
    /// # Safety
    /// `address` is that of a live table of keys.
    unsafe fn at(address: usize, layout: &Layout) -> Table {
        let word = |offset: usize| {
            // SAFETY: by the caller's promise; the header is at least 32 bytes long.
            unsafe { ((address + offset) as *const usize).read() }
        };
        if layout.compact_keys {
            let [log2_size, log2_index_bytes, kind, ..] = word(8).to_le_bytes();
            let stride = if kind == GENERAL { 24 } else { 16 };
            Table::new(address, 32, 1 << log2_index_bytes, 1 << log2_size, stride, word(24))
        } else {
            let slots = word(8);
            let index = match slots {
                0..=0xff => 1,
                0x100..=0xffff => 2,
                0x1_0000..=0xffff_ffff => 4,
                _ => 8,
            };
            Table::new(address, 40, slots * index, slots, 24, word(32))
        }
    }

    fn new(address: usize, header: usize, indices: usize, slots: usize, stride: usize, used: usize) -> Table {
        let capacity = slots * 2 / 3;
        Table {
            entries: address + header + indices,
            stride,
            key_at: stride - 16,
            used,
            capacity,
            size: header + indices + capacity * stride,
        }
    }

    /// The key at `position`, unless it was deleted.
    fn key<'gil>(self, gil: Gil<'gil>, position: usize) -> Option<Obj<'gil>> {
        // SAFETY: `position` is below `used`, so the entry exists; its key is null or a live object.
        unsafe {
            let key = ((self.entries + position * self.stride + self.key_at) as *const usize).read();
            (key != 0).then(|| Obj::at(gil, key))
        }
    }
}

/// Where a dictionary keeps its values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Beside the keys, in a table of its own.
    Combined,
    /// In an array of its own; the keys belong to the class.
    Split,
    /// Within the instance whose attributes it shows (3.13); the keys belong to the class.
    Instance,
}

/// Where the dictionary `object` keeps its values.
pub(crate) fn values(object: Obj<'_>, layout: &Layout) -> Values {
    // SAFETY: every dictionary has that field.
    let values: usize = unsafe { object.read(dict::VALUES) };
    if values == 0 {
        return Values::Combined;
    }
    // SAFETY: from 3.13 an array of values opens with its capacity, size, embedded and valid bytes.
    let embedded = layout.attributes == Attributes::Inline && unsafe { ((values + 2) as *const u8).read() } != 0;
    if embedded { Values::Instance } else { Values::Split }
}

/// Bytes of a dictionary: its own, its keys unless they are shared, and its values unless an instance has them.
pub(crate) fn size(object: Obj<'_>, layout: &Layout) -> usize {
    // SAFETY: every dictionary has a table of keys there.
    let table = unsafe { Table::at(object.read(dict::KEYS), layout) };
    match values(object, layout) {
        Values::Instance => 0,
        Values::Split => values_size(table.capacity),
        Values::Combined if table.capacity == 0 => 0,
        Values::Combined => table.size,
    }
}

/// Bytes of an array of values with room for `capacity`.
pub(crate) fn values_size(capacity: usize) -> usize {
    (capacity * 8 + capacity + 2).next_multiple_of(8)
}

/// Number of entries of the dictionary `object`.
pub(crate) fn length(object: Obj<'_>) -> usize {
    // SAFETY: every dictionary has its length there.
    unsafe { object.read(OB_SIZE) }
}

/// The keys and values of the dictionary `object`, wherever it keeps them.
pub(crate) fn entries<'gil>(object: Obj<'gil>, layout: &Layout) -> impl Iterator<Item = (Obj<'gil>, Obj<'gil>)> {
    // SAFETY: the GIL is held, as `object` proves, and every dictionary has a table of keys there.
    let (gil, table) = unsafe { (Gil::assume(), Table::at(object.read(dict::KEYS), layout)) };
    let (first, stride) = match values(object, layout) {
        Values::Combined => (table.entries + table.key_at + 8, table.stride),
        Values::Split | Values::Instance => {
            // SAFETY: `values` found an array there.
            let values: usize = unsafe { object.read(dict::VALUES) };
            (values + values_header(layout), 8)
        }
    };
    (0..table.used).filter_map(move |position| {
        let key = table.key(gil, position)?;
        // SAFETY: there is a value for each entry in use, null or a live object.
        let value = unsafe { ((first + position * stride) as *const usize).read() };
        // SAFETY: as above.
        (value != 0).then(|| (key, unsafe { Obj::at(gil, value) }))
    })
}

/// Bytes before the first value of an array: from 3.13, its capacity, size, embedded and valid bytes.
pub(crate) fn values_header(layout: &Layout) -> usize {
    if layout.attributes == Attributes::Inline { 8 } else { 0 }
}

/// The keys that a class shares with its instances, by position; empty if there are none.
pub(crate) fn shared<'gil>(gil: Gil<'gil>, ty: Type<'_>, layout: &Layout) -> Vec<Option<Obj<'gil>>> {
    match shared_table(ty, layout) {
        Some(table) => (0..table.used).map(|position| table.key(gil, position)).collect(),
        None => Vec::new(),
    }
}

/// How many values an instance of `ty` has room for apart from a dictionary.
pub(crate) fn shared_capacity(ty: Type<'_>, layout: &Layout) -> usize {
    shared_table(ty, layout).map_or(0, |table| table.capacity)
}

fn shared_table(ty: Type<'_>, layout: &Layout) -> Option<Table> {
    if !ty.has(flag::HEAPTYPE) {
        return None;
    }
    // SAFETY: a heap type has a table of keys there, or null.
    unsafe {
        let address: usize = ty.object().read(layout.cached_keys);
        (address != 0).then(|| Table::at(address, layout))
    }
}
