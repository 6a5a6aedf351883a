//! Heap snapshots and what can be learned from one: who retains how much, and what leaks.
//!
//! A capture (of a Rust program's shared heap, or of a CPython process) feeds a [`Builder`]; the [`Snapshot`]
//! that comes out is a graph of dense ids without a pointer in it, so it is analysed in the process or on
//! another machine alike. [`Snapshot::save`] and [`Snapshot::load`] keep it as Parquet tables.
//! [`Snapshot::analyse`] finds garbage, dominators, retained sizes, paths and leak suspects, and
//! [`report`] says so to people and programs. Everything is iterative and near-linear in objects plus references.
//!
//! # Example
//!
//! A module with one list in it that keeps a hundred thousand bytes:
//!
//! ```
//! use freehold_snapshot::report::Text;
//! use freehold_snapshot::{Builder, Host, Label, Meta, Object, ObjectFlags, RootKind, TypeFlags};
//!
//! # fn main() -> Result<(), freehold_snapshot::Error> {
//! let mut builder = Builder::new(Meta {
//!     host: Host::Python,
//!     host_version: "3.12.1".into(),
//!     pid: 4711,
//!     program: "app.py".into(),
//!     time: 1_700_000_000.0,
//!     uptime: 2.5,
//!     notes: Default::default(),
//! });
//! let mut add = |type_name: &str, address, size| {
//!     let type_id = builder.type_id(type_name, TypeFlags::BUILTIN);
//!     let (count, flags) = (1, ObjectFlags::NONE);
//!     builder.object(Object { address, type_id, size, count, flags })
//! };
//! let module = add("module", 0x1000, 72)?;
//! let table = add("dict", 0x2000, 232)?;
//! let list = add("list", 0x3000, 56)?;
//! let text = add("str", 0x4000, 100_000)?;
//!
//! let (app, lines) = (builder.name("app"), builder.name("LINES"));
//! builder.root(module, RootKind::Module, app)?;
//! builder.reference(module, table, Label::Namespace)?;
//! builder.reference(table, list, Label::Item(lines))?;
//! builder.reference(list, text, Label::Index(0))?;
//!
//! let snapshot = builder.finish()?;
//! let analysis = snapshot.analyse();
//! assert_eq!(analysis.retained(list), 100_056);
//! assert_eq!(analysis.path(text).unwrap().render(&snapshot), "app.LINES[0]");
//!
//! let report = Text { width: 60, ..Text::default() }.render(&analysis);
//! assert!(report.contains("No leak suspects"));
//! assert!(report.contains("app.LINES[0]"));
//! # Ok(())
//! # }
//! ```

mod analysis;
mod builder;
mod census;
mod diff;
mod error;
pub mod export;
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
mod why;

pub use analysis::Analysis;
pub use builder::Builder;
pub use census::CensusRow;
pub use diff::{Diff, Holder, TypeGrowth};
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
pub use why::{Group, Why};
