//! A counter without a lock, in a `Cell`, shared by threads.
use freehold::{Gc, Trace};
use std::cell::Cell;

#[derive(Trace)]
struct Counter {
    #[trace(skip)]
    count: Cell<u64>,
}

fn main() {
    let counter = Gc::new(Counter { count: Cell::new(0) });
    let theirs = counter.clone();
    std::thread::spawn(move || theirs.count.set(theirs.count.get() + 1));
    counter.count.set(counter.count.get() + 1);
}
