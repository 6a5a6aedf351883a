//! Handles: `Gc`, which keeps its target alive, and `Weak`, which does not.

#[cfg(not(loom))]
mod cyclic;
mod dynamic;
#[cfg(not(loom))]
mod object;
#[cfg(all(feature = "serde", not(loom)))]
mod serde;
#[cfg(not(loom))]
mod slice;
mod strong;
mod traits;
mod weak;

#[cfg(not(loom))]
pub use object::Object;
pub use strong::Gc;
pub use weak::Weak;
