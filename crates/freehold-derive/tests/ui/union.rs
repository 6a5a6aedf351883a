//! A union cannot say which of its fields is there.
use freehold::Trace;

#[derive(Trace)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
