//! The collector cannot look into std's cells, and a handle that moved in and out of one unseen would be unsound. (It takes
//! std's locks to look.)
use freehold::{Gc, Trace};

#[derive(Trace)]
struct Node {
    next: std::sync::OnceLock<Gc<Node>>,
}

fn main() {}
