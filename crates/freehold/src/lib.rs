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
//! | `parking_lot` | no | `Trace` for parking_lot's `Mutex` and `RwLock`: free for contents that cannot hold a handle; an object with one that can is never collected as part of a cycle (by counting it is), since such a lock does not tell what changed. [`sync`] has locks that do |
//! | `tracing` | no | collections as events of the `tracing` crate, target `freehold::gc` |
//! | `snapshot` | no | `heap::capture` and `heap::snapshot`, with the file format and analysis of `freehold-snapshot` |

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
