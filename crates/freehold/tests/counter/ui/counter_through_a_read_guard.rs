//! An increment by somebody who only reads.
use freehold::sync::RwLock;

fn main() {
    let counter = RwLock::new(0);
    *counter.read() += 1;
}
