//! Algorithms on the heap graph: reachability, components, dominators, routes from roots.
//!
//! All are iterative, for heaps hold chains of millions of objects, and all work on plain arrays indexed by
//! object id.

pub(crate) mod components;
pub(crate) mod dominators;
pub(crate) mod garbage;
pub(crate) mod reverse;
pub(crate) mod routes;
mod spanning;

/// No object, no edge.
pub(crate) const NONE: u32 = u32::MAX;
