//! A column of strings in one allocation, and the interner that fills it.
//!
//! String *i* is `text[ends[i - 1]..ends[i]]`. A heap with a million dictionary keys makes a million
//! strings: one buffer costs 8 bytes beyond the text for each, a `Vec<String>` 24 and an allocation.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// One id is kept out of use, so that a count of strings is a `u32` too.
const MOST_STRINGS: usize = u32::MAX as usize;

/// Strings by dense id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u64>,
}

impl Strings {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u64);
    }

    /// String `id`; empty if there is none.
    pub(crate) fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let start = match id {
            0 => 0,
            _ => self.ends.get(id - 1).copied().unwrap_or(0) as usize,
        };
        let end = self.ends.get(id).copied().unwrap_or(start as u64) as usize;
        self.text.get(start..end).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|id| self.get(id as u32))
    }
}

/// Gives equal strings equal ids.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    strings: Strings,
    table: HashTable<u32>,
    state: foldhash::fast::RandomState,
    full: bool,
}

impl Interner {
    /// The id of `text`, new or known. O(length), expected. When every id is given out, the last one is
    /// given again, and [`Interner::is_full`] says so from then on.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let Interner {
            strings,
            table,
            state,
            full,
        } = self;
        let hash = state.hash_one(text);
        let entry = table.entry(
            hash,
            |&id| strings.get(id) == text,
            |&id| state.hash_one(strings.get(id)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if strings.len() >= MOST_STRINGS => {
                *full = true;
                MOST_STRINGS as u32 - 1
            }
            Entry::Vacant(vacant) => {
                let id = strings.len() as u32;
                vacant.insert(id);
                strings.push(text);
                id
            }
        }
    }

    /// Whether a string was refused for want of an id.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn len(&self) -> usize {
        self.strings.len()
    }

    pub(crate) fn into_strings(self) -> Strings {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interning_is_by_content_and_keeps_order() {
        let mut interner = Interner::default();
        let words = ["alpha", "", "beta", "alpha", ""];
        let ids: Vec<u32> = words.iter().map(|word| interner.intern(word)).collect();
        assert_eq!(ids, [0, 1, 2, 0, 1]);
        let strings = interner.into_strings();
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["alpha", "", "beta"]);
        assert_eq!(strings.get(99), "");
    }
}
