//! Values may be dropped after the map is, so they borrow nothing.
use freehold::lockfree::Map;

fn main() {
    let text = String::from("one");
    let map = Map::new();
    map.insert(1, text.as_str());
}
