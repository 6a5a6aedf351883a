//! Readers share the content, so it has to be made for it.
use freehold::sync::RwLock;
use std::cell::Cell;

fn main() {
    let lock = RwLock::new(Cell::new(1));
    std::thread::scope(|scope| {
        scope.spawn(|| lock.read().set(2));
    });
}
