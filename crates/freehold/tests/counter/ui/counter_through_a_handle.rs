//! An increment of what a handle leads to.
use freehold::Gc;

fn main() {
    let mut counter = Gc::new(0);
    *counter += 1;
}
