//! The collector cannot look into std's locks, and a handle that moved in and out of one unseen would be unsound.
use freehold::{Gc, Trace};

#[derive(Trace)]
struct Node {
    next: std::sync::Mutex<Option<Gc<Node>>>,
}

fn main() {}
