//! Side-by-side benchmarks of freehold and its peers: `freehold-bench --output FILE [--samples N] [--large] [NAME...]`.
//!
//! Each sample is a process of its own, so that what one peer leaks, or leaves running in the background, does not
//! weigh on the next; the peers take turns (A B C A B C ...), so that a machine that grows busier slows them alike. The
//! command starts itself with the words `sample BENCHMARK VARIANT PEER SEED SIZE`; a sample prints one line of JSON.
//! `list [NAME...]` says which variants and peers there are, so that a sample can be taken by hand.
//!
//! A benchmark is a file of `benchmark/` and is written once, against the traits of `peer`; a peer is a file of `peer/`.
//! The library exists so that several programs can share it, which differ in the global allocator alone: the files of
//! `bin/`, and of the package `allocators` for those that need a C++ compiler.

mod allocator;
mod benchmark;
mod block;
mod clock;
mod edges;
mod histogram;
mod instructions;
mod list;
mod memory;
mod peer;
mod plan;
mod python;
mod random;
mod results;
mod sample;
mod stack;
mod tally;

use std::process::ExitCode;

pub use allocator::Allocator;

/// What all the programs do: run a plan, or take one sample of it.
#[must_use]
pub fn main(allocator: Allocator) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((word, rest)) if word == "sample" => sample::take(rest, allocator),
        Some((word, rest)) if word == "list" => list::print(rest),
        Some((word, rest)) if word == "instructions" => instructions::run(rest),
        _ => plan::Plan::parse(&arguments).and_then(|plan| plan.run(allocator)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("freehold-bench: {message}");
            ExitCode::FAILURE
        }
    }
}
