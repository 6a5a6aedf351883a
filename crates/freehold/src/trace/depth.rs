//! How deep `may_hold_gc` looks into types that contain themselves.
//!
//! The question must be answered at compile time, yet `struct Tree { children: Vec<Tree> }` would ask forever. So each
//! indirection (`Box`, `Vec`, …) asks one level less, and answers "yes" at the bottom, which is always right.

/// A number of levels, as a type.
pub trait Depth {
    /// One level less.
    type Less: Depth;
    /// No level is left.
    const BOTTOM: bool;
}

/// The depth that questions start with.
#[derive(Debug)]
pub struct Top;
/// One level below.
#[derive(Debug)]
pub struct Middle;
/// The last level.
#[derive(Debug)]
pub struct Bottom;

impl Depth for Top {
    type Less = Middle;
    const BOTTOM: bool = false;
}

impl Depth for Middle {
    type Less = Bottom;
    const BOTTOM: bool = false;
}

impl Depth for Bottom {
    type Less = Bottom;
    const BOTTOM: bool = true;
}
