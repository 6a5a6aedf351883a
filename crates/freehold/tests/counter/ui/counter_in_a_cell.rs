//! A counter without a lock, in a `Cell`, shared by threads.
use freehold::Gc;
use std::cell::Cell;

fn main() {
    let counter = Gc::new(Cell::new(0));
    let theirs = counter.clone();
    std::thread::spawn(move || theirs.set(theirs.get() + 1));
    counter.set(counter.get() + 1);
}
