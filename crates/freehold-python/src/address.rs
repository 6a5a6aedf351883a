//! From the address of an object to its number in the snapshot, at the price of an array access.
//!
//! Objects lie densely in arenas, so addresses are looked up by page: one hash per 4 KiB page, remembered
//! between lookups, then one slot for each 16 bytes. An object is at least 16 bytes long, so no two share a
//! slot, whatever their alignment. Space: 1 KiB for each page that holds an object. Lookup and insertion are
//! O(1).

use foldhash::fast::FixedState;
use hashbrown::HashMap;

const PAGE_BITS: u32 = 12;
const SLOT_BITS: u32 = 4;
const SLOTS: usize = 1 << (PAGE_BITS - SLOT_BITS);
const VACANT: u32 = u32::MAX;

/// A map from object addresses to dense numbers.
pub(crate) struct AddressTable {
    blocks: HashMap<usize, u32, FixedState>,
    slots: Vec<[u32; SLOTS]>,
    last: (usize, u32),
}

impl AddressTable {
    /// An empty table.
    pub(crate) fn new() -> Self {
        Self {
            blocks: HashMap::with_hasher(FixedState::default()),
            slots: Vec::new(),
            last: (usize::MAX, 0),
        }
    }

    /// The number at `address`, or `None` after having set it to `next`.
    #[inline]
    pub(crate) fn get_or_insert(&mut self, address: usize, next: u32) -> Option<u32> {
        let slot = &mut self.block(address)[slot_of(address)];
        if *slot != VACANT {
            return Some(*slot);
        }
        *slot = next;
        None
    }

    /// The number at `address`.
    pub(crate) fn get(&self, address: usize) -> Option<u32> {
        let block = *self.blocks.get(&(address >> PAGE_BITS))?;
        let number = self.slots[block as usize][slot_of(address)];
        (number != VACANT).then_some(number)
    }

    #[inline]
    fn block(&mut self, address: usize) -> &mut [u32; SLOTS] {
        let page = address >> PAGE_BITS;
        if self.last.0 != page {
            self.last = (page, self.block_slow(page));
        }
        &mut self.slots[self.last.1 as usize]
    }

    fn block_slow(&mut self, page: usize) -> u32 {
        let slots = &mut self.slots;
        *self.blocks.entry(page).or_insert_with(|| {
            slots.push([VACANT; SLOTS]);
            slots.len() as u32 - 1
        })
    }
}

#[inline]
fn slot_of(address: usize) -> usize {
    (address >> SLOT_BITS) & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_hash_map() {
        let mut table = AddressTable::new();
        let mut oracle = std::collections::HashMap::new();
        let mut state = 1_u64;
        for next in 0..20_000 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let address = ((state >> 40) as usize & !15) | 8;
            let expected = oracle.get(&address).copied();
            assert_eq!(table.get(address), expected);
            assert_eq!(table.get_or_insert(address, next), expected);
            oracle.entry(address).or_insert(next);
        }
        assert!(
            oracle
                .iter()
                .all(|(&address, &number)| table.get(address) == Some(number))
        );
    }
}
