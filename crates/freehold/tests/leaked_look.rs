//! A look at a value in a map that is never put down: alone in its process, for nothing leaves limbo from then on.

#[path = "lockfree/counted.rs"]
mod counted;

use counted::Drops;
use freehold::gc;
use freehold::lockfree::Map;
use std::sync::Arc;
use std::thread;

#[test]
#[cfg_attr(asan, ignore = "it leaks on purpose")]
fn a_leaked_look_keeps_values_and_nothing_else_goes_wrong() {
    let drops = Drops::default();
    let map = Arc::new(Map::from([(1, drops.value())]));
    let theirs = map.clone();
    thread::spawn(move || std::mem::forget(theirs.get(&1))).join().unwrap();
    drop(map.remove(&1));
    for _ in 0..3 {
        gc::collect();
    }
    assert_eq!(drops.count(), 0);
    // Maps can still be used, and what is in them is dropped with them.
    let other: Map<_, _> = (0..100).map(|key| (key, drops.value())).collect();
    drop(other);
    assert_eq!(drops.count(), 100);
}
