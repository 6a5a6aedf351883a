//! A look at a value ends before the map does.
use freehold::lockfree::Map;

fn main() {
    let one = {
        let map = Map::from([(1, "one")]);
        map.get(&1).unwrap()
    };
    println!("{}", *one);
}
