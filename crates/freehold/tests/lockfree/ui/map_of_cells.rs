//! Values that readers share must be `Sync`.
use freehold::lockfree::Map;
use std::cell::Cell;

fn main() {
    let map = Map::new();
    map.insert(1, Cell::new(1));
}
