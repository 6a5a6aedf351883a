//! A general allocator whose memory can also be type-stable and enumerable.
//!
//! **Problem.** A concurrent cycle collector must look at an object's header while other threads may be freeing that
//! object, and must find every object without a list threaded through them. A general allocator permits neither; and a
//! program should not need two.
//!
//! **Mechanism.** A window of addresses is reserved at first use and never unmapped. It is cut into [pages](PAGE_SIZE) of
//! 64 KiB, each divided into slots of one [size class](SizeClass). Pages of *objects* leave the first word of a slot to the client
//! for as long as the page keeps its class; the pool neither writes nor moves it, and hands it out zeroed on fresh pages. So a
//! stale pointer always finds a header word, and [`Walk`] can enumerate every slot while mutators allocate. Such a page
//! changes its class only while no walk is in progress: the *grace period*. [*Raw*](raw) pages, for everything else, have no
//! such word; they share all else.
//!
//! Each thread owns a heap of pages. Allocation and same-thread free touch no lock and no atomic read-modify-write; a
//! free by another thread pushes the slot onto the page's remote list, which the owner takes whole.
//! A thread that ends leaves its heap to the next thread that starts, and its pages to whoever needs them.
//!
//! **Tiers**, by size: *small* (< 256 B), *medium* (256 B – 2 KiB), *large* (> 2 KiB; up to 32 KiB in slots, then whole pages of
//! their own). See [`Tier`].
//!
//! **Faces.** [`Pool`] for Rust programs, [`raw`] for those that have addresses only (C's `malloc`), [`alloc`] and [`free`] for slots.
//!
//! **Sources.** Leijen, Zorn and de Moura, *Mimalloc: Free List Sharding in Action* (2019): pages with sharded free lists,
//! and the page that asks to be told of its next remote free. rpmalloc: the heap as the unit that outlives its thread.
//! Departures: descriptors live beside the pages (so that a page can be given back whole), and the header word is stable.
//!
//! ```
//! use freehold_pool::{Kind, SizeClass, alloc, free};
//!
//! let class = SizeClass::for_size(48).expect("48 bytes are small");
//! let slot = alloc(class, Kind::Traced).expect("memory");
//! // SAFETY: the slot came from `alloc` and is given back once, with no use after.
//! unsafe { free(slot) };
//! ```

mod size_class;
mod slot;

// What models look at; nobody else.
#[cfg(loom)]
pub mod fresh;
#[cfg(not(loom))]
mod fresh;
#[cfg(loom)]
pub mod grace;
#[cfg(not(loom))]
mod grace;
#[cfg(loom)]
pub mod primitive;
#[cfg(not(loom))]
mod primitive;
#[cfg(loom)]
pub mod remote;
#[cfg(not(loom))]
mod remote;
#[cfg(loom)]
pub mod told;
#[cfg(not(loom))]
mod told;

#[cfg(not(loom))]
pub mod barrier;
#[cfg(not(loom))]
mod decay;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
pub mod fork;
#[cfg(not(loom))]
mod growth;
#[cfg(not(loom))]
mod hardened;
#[cfg(not(loom))]
mod heap;
#[cfg(not(loom))]
mod holes;
#[cfg(not(loom))]
mod large;
#[cfg(not(loom))]
mod list;
#[cfg(not(loom))]
mod misuse;
#[cfg(not(loom))]
mod orphans;
#[cfg(not(loom))]
mod os;
#[cfg(not(loom))]
mod page;
#[cfg(not(loom))]
mod pin;
#[cfg(not(loom))]
mod poison;
#[cfg(not(loom))]
mod pool;
#[cfg(not(loom))]
mod range;
#[cfg(not(loom))]
pub mod raw;
#[cfg(not(loom))]
mod shelf;
#[cfg(not(loom))]
mod source;
#[cfg(not(loom))]
mod spans;
#[cfg(not(loom))]
mod stack;
#[cfg(not(loom))]
mod stats;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(not(loom))]
mod thread;
#[cfg(not(loom))]
mod tls;
#[cfg(not(loom))]
mod walk;

pub use size_class::{CLASSES, SizeClass, Tier};
pub use slot::Slot;
#[cfg(not(loom))]
pub use {
    error::Error,
    large::alloc_large,
    page::{Division, Kind, PAGE_SIZE},
    pin::pin,
    pool::Pool,
    stats::{ClassStats, Stats, in_use, stats},
    thread::{alloc, alloc_fast, alloc_slow, free, slot_size, trim},
    walk::{PageView, Walk, mark_fresh},
};
