//! A look at a value is pinned to its thread.
use freehold::lockfree::Map;

fn main() {
    let map = Map::from([(1, "one")]);
    let one = map.get(&1).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || println!("{}", *one));
    });
}
