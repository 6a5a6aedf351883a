//! Handles: `Gc`, which keeps its target alive, and `Weak`, which does not.

mod strong;
mod traits;
mod weak;

pub use strong::Gc;
pub use weak::Weak;
