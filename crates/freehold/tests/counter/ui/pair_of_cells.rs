//! Two halves that are written one after the other, and read by another thread.
use freehold::{Gc, Trace};
use std::cell::Cell;

#[derive(Trace)]
struct Pair {
    #[trace(skip)]
    left: Cell<u64>,
    #[trace(skip)]
    right: Cell<u64>,
}

fn main() {
    let pair = Gc::new(Pair { left: Cell::new(0), right: Cell::new(0) });
    let theirs = pair.clone();
    std::thread::spawn(move || (theirs.left.get(), theirs.right.get()));
    pair.left.set(1);
    pair.right.set(1);
}
