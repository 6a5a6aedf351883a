//! A traced type has no `Drop` of its own: it could follow handles to objects that were dropped already.
use freehold::{Gc, Trace, sync::Mutex};

#[derive(Trace)]
struct Node {
    next: Mutex<Option<Gc<Node>>>,
}

impl Drop for Node {
    fn drop(&mut self) {}
}

fn main() {}
