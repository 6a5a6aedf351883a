//! The CPython host: an agent that a Python process loads, which walks the heap into a snapshot at exit.
//!
//! The command (`freehold run`) starts the user's own interpreter with the user's own command line. A private
//! [`SITECUSTOMIZE`] on `PYTHONPATH` loads the agent library before the program runs; the agent registers one
//! exit handler and starts one sampling thread. When the program has ended and before the interpreter is taken
//! down, the handler walks every object (`capture`) and saves a [`freehold_snapshot::Snapshot`].
//!
//! The agent links against no Python: functions are looked up in the process (`api`), and what differs
//! between versions is data (`layout`). No user code runs while the heap is walked: names, sizes and
//! references are read from memory layouts and `tp_traverse` alone.
//!
//! Cost: a run pays one thread that samples for at most 1 % of the time (`sampler`), and at exit about a
//! microsecond for each object.

mod address;
mod agent;
mod api;
mod bounded;
mod capture;
mod collector;
mod edges;
mod error;
mod frames;
mod history;
mod host;
mod keys;
mod layout;
mod lengths;
mod lookup;
mod module;
mod notes;
mod object;
pub mod protocol;
mod roots;
mod sampler;
mod shallow;
mod text;
mod threads;
mod types;
mod walk;

pub use error::Error;
pub use module::PyInit_freehold_agent;

/// The Python source that attaches the agent; see its own header.
pub const SITECUSTOMIZE: &str = include_str!("sitecustomize.py");
