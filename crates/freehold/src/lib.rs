//! Reference counting with concurrent cycle collection.
//!
//! [`Gc<T>`] is an [`Arc<T>`](std::sync::Arc) that cannot leak cycles. Objects that nothing holds are destroyed at once, as
//! with `Arc`; objects that only an unreachable cycle holds are found by a collector that runs beside the program's
//! threads and never stops them. Types say what they hold with `#[derive(Trace)]`, and change it under the locks of
//! [`sync`].
//!
//! ```
//! use freehold::{Gc, Trace, gc, sync::Mutex};
//!
//! #[derive(Trace)]
//! struct Person {
//!     name: String,
//!     friends: Mutex<Vec<Gc<Person>>>,
//! }
//!
//! let ada = Gc::new(Person { name: "Ada".into(), friends: Mutex::default() });
//! let bob = Gc::new(Person { name: "Bob".into(), friends: Mutex::new(vec![ada.clone()]) });
//! ada.friends.lock().push(bob.clone());
//! assert_eq!(ada.friends.lock()[0].name, "Bob");
//! drop((ada, bob)); // they hold each other …
//! assert_eq!(gc::collect().collected, 2); // … and nothing else holds them
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `derive` | yes | `#[derive(Trace)]` |
//! | `deadlock-detection` | no | `sync::deadlock`: the locks report orders that contradict each other, and deadlocks |
//! | `serde` | no | `Serialize` and `Deserialize` for `Gc` |
//! | `arrayvec`, `bytes`, `chrono`, `either`, `hashbrown`, `indexmap`, `smallvec`, `uuid` | no | `Trace` for the types of these crates |
//! | `parking_lot` | no | `Trace` for parking_lot's `Mutex` and `RwLock`, as for those of `std`; see below |
//! | `tracing` | no | collections as events of the `tracing` crate, target `freehold::gc` |
//! | `snapshot` | no | `heap::capture` and `heap::snapshot`, with the file format and analysis of `freehold-snapshot` |
//!
//! # Locks of `std` and `parking_lot`
//!
//! Code that was written for other collectors keeps its handles behind `std::sync::Mutex` or `RwLock`. These are `Trace`, and cycles
//! through them are collected, at a price. They do not tell the collector what changed, nor who waits; so it takes the locks of
//! what looks like garbage, and keeps them until it has seen all that hangs together. Contents that cannot hold a handle cost
//! nothing.
//!
//! - Whoever comes upon a lock while its content is seen waits, for as long as that takes, and at most 64 ms; so does whoever gets
//!   at an object that looks like garbage, by a weak handle, while its locks are kept. (Should the system keep the collector's
//!   thread from running meanwhile, that comes on top.) [`sync`]'s locks make the collector leave.
//! - A `try_lock` may fail though no thread of the program has the lock.
//! - What cannot be seen within 64 ms is not collected as part of a cycle: some hundred thousand objects that hang together, or as
//!   much behind one lock.
//!
//! Nothing can deadlock by it: the collector takes locks by trying only, and poisons none. A poisoned lock is looked into like any other.
//!
//! ```
//! use freehold::{Gc, Trace, gc};
//! use std::sync::Mutex;
//!
//! #[derive(Trace)]
//! struct Node {
//!     next: Mutex<Option<Gc<Node>>>,
//! }
//! let node = Gc::new(Node { next: Mutex::new(None) });
//! *node.next.lock().unwrap() = Some(node.clone());
//! drop(node);
//! assert_eq!(gc::collect().collected, 1);
//! ```

// Models use a part of the crate.
#![cfg_attr(loom, allow(dead_code, unused_imports))]

// The derive's output names this crate by its outside name, also in this crate's own tests.
extern crate self as freehold;

mod collect;
mod control;
mod destroy;
mod finalize;
#[cfg(not(loom))]
mod fork;
mod generation;
mod handle;
mod header;
pub mod lockfree;
mod pauses;
#[cfg_attr(loom, path = "placement_model.rs")]
mod placement;
mod primitive;
mod spin;
pub mod sync;
mod trace;
mod type_info;
mod verdict;

#[cfg(not(loom))]
pub mod gc;
#[cfg(not(loom))]
pub mod heap;
#[cfg(loom)]
pub mod model;

pub use finalize::Finalize;
pub use handle::{Gc, Weak};
pub use trace::{Trace, Tracer};

#[cfg(feature = "derive")]
pub use freehold_derive::Trace;

/// Names for the derive's output only.
#[doc(hidden)]
pub mod derive_support {
    pub use crate::trace::{Depth, Top};
    pub use std::ops::Drop;
    pub use std::option::Option;
}

/// The README's example, compiled and run with the doctests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
