//! The tasks that CI and people run.

fn main() {}
