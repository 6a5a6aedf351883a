//! An increment in place of a value that other threads may be looking at.
use freehold::lockfree::Map;

fn main() {
    let counts = Map::from([("a", 1)]);
    *counts.get("a").unwrap() += 1;
}
