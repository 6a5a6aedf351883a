//! Heap snapshots and what can be learned from one: who retains how much, and what leaks.
//!
//! A capture (of a Rust program's shared heap, or of a CPython process) feeds a [`Builder`]; the
//! [`Snapshot`] that comes out is a graph of dense ids without a pointer in it, so it is analysed in the
//! process or on another machine alike.
//!
//! Everything here is iterative and near-linear in objects plus references.

mod analysis;
mod builder;
mod census;
mod error;
mod flags;
mod format;
mod graph;
mod heap;
mod ids;
mod label;
mod maps;
mod meta;
mod object;
mod path;
pub mod report;
mod retainers;
mod role;
mod root;
mod snapshot;
mod strings;
mod suspect;

pub use analysis::Analysis;
pub use builder::Builder;
pub use census::CensusRow;
pub use error::Error;
pub use flags::{ObjectFlags, TypeFlags};
pub use ids::{NameId, ObjectId, TypeId};
pub use label::Label;
pub use meta::{Host, Meta};
pub use object::Object;
pub use path::Path;
pub use retainers::Retainer;
pub use root::{Root, RootKind};
pub use snapshot::{Length, Reference, Snapshot};
pub use suspect::{Confidence, Growth, Suspect, SuspectKind};
