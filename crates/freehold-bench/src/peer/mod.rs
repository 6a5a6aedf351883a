//! What a peer must offer to take part: a handle to a node that holds a locked vector of handles.
//!
//! The work is written once against [`Peer`]; an implementation only says how a node is made, how its vector is
//! reached, and how everything that is garbage is collected.

mod arc;
mod dumpster;
mod freehold;

pub use self::arc::{ArcNode, StdArcNode};
pub use self::dumpster::DumpsterNode;
pub use self::freehold::FreeholdNode;

/// A handle to a node.
pub trait Peer: Clone + Send + Sync + 'static {
    /// Sets the peer up; called once before each run.
    fn prepare() {}

    /// A node without edges.
    fn create() -> Self;

    /// Enters the node's lock.
    fn with_edges<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R;

    /// Collects all that is garbage, if the peer can.
    fn collect();
}
