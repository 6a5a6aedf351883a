//! A mistyped attribute is an error, not a silence.
use freehold::Trace;

#[derive(Trace)]
struct Node {
    #[trace(ignore)]
    id: u32,
}

fn main() {}
