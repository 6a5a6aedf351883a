//! *small churn*: that of `alloc`, by allocators, with tables of each thread's own; a perfect allocator takes the same time
//! on any number of threads.

use super::super::alloc::churn::Churn;
use super::super::alloc::{ALLOCATORS, on_its_allocator};
use super::{Kind, report};

pub const KINDS: &[Kind] = &[Kind {
    title: "small churn",
    least: 1,
    peers: ALLOCATORS,
    measure: |threads, job| {
        on_its_allocator(job)?;
        Ok(report(threads, Churn::SMALL.run(threads, job.seed)))
    },
}];
