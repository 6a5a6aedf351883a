//! A package manager's dependency graph on `Gc`, next to the same program on `Arc`.
//!
//! `cargo run --release --example package_graph [STATUS-FILE]` loads the packages of a Debian system (its status file,
//! or the list that comes with this example) from several threads, plans and upgrades packages from all of them at once,
//! then forgets the whole graph. Packages know what they need and what needs them, so nearly every edge lies on a cycle.
//! On `Gc` the heap is empty at the end. On `Arc` nothing on a cycle is ever freed.

mod graph;
mod on_arc;
mod on_gc;
mod packages;
mod program;

use std::process::ExitCode;
use std::thread::available_parallelism;

use packages::Packages;
use program::Outcome;

/// Transactions that each thread carries out.
const TRANSACTIONS: usize = 2_000;

fn main() -> ExitCode {
    let packages = match std::env::args().nth(1) {
        Some(path) => Packages::read(&path),
        None => Ok(Packages::of_this_machine()),
    };
    let packages = match packages {
        Ok(packages) => packages,
        Err(error) => {
            eprintln!("package_graph: {error}");
            return ExitCode::from(2);
        }
    };
    let threads = available_parallelism().map_or(2, usize::from).max(2);
    println!("{packages}");
    println!(
        "{threads} threads, {TRANSACTIONS} transactions each: copy what a package needs, upgrade it, discard the copy\n"
    );

    let on_gc = program::run::<on_gc::Node>(&packages, threads, TRANSACTIONS);
    let on_arc = program::run::<on_arc::Node>(&packages, threads, TRANSACTIONS);
    print_table(&on_gc, &on_arc);
    let live = freehold::gc::stats().live_objects;
    println!("\nfreehold::gc::stats() counts {live} live objects.");
    if on_gc.never_dropped() == 0 && live == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print_table(on_gc: &Outcome, on_arc: &Outcome) {
    println!("{:<36}{:>12}{:>12}", "", "Gc", "Arc");
    let row = |label: &str, figure: fn(&Outcome) -> usize| {
        println!(
            "{label:<36}{:>12}{:>12}",
            grouped(figure(on_gc)),
            grouped(figure(on_arc))
        );
    };
    row("packages created", |outcome| outcome.created);
    row("alive when the work was done", |outcome| outcome.alive_after_work);
    row("alive when the graph was forgotten", |outcome| {
        outcome.alive_after_forgetting
    });
    row("never dropped", Outcome::never_dropped);
}

/// The number with a comma between each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
