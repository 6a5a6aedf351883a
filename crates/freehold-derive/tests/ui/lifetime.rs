//! An object may outlive every borrow.
use freehold::Trace;

#[derive(Trace)]
struct Borrows<'a> {
    name: &'a str,
}

fn main() {}
