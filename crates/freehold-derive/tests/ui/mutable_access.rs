//! A payload changes only under a lock: there is no mutable dereference.
use freehold::Gc;

fn main() {
    let mut number = Gc::new(1);
    *number += 1;
}
