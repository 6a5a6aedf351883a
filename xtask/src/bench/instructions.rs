//! Instructions of single operations, counted by callgrind: exact where time is noisy.
//!
//! `freehold-bench instructions` repeats an operation; the difference between two runs, divided by the difference in
//! calls, is the cost of one, less that of the loop. Without valgrind the task says so and changes nothing.

use std::path::Path;
use std::process::Command;

use super::document::record;
use super::table::Table;
use crate::error::Error;
use crate::workspace::Workspace;

const OPERATIONS: [&str; 5] = [
    "clone and drop",
    "deref",
    "new and drop, 8 bytes",
    "new and drop, 128 bytes",
    "new and drop, a node",
];

const PEERS: [&str; 3] = ["Arc", "freehold", "dumpster"];

/// Calls of the shorter and of the longer run.
const CALLS: [u64; 2] = [10_000, 110_000];

/// Counts, prints and records.
pub fn run(workspace: &Workspace) -> Result<bool, Error> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: left out, since valgrind is not installed");
        return Ok(true);
    }
    let program = super::build(workspace)?;
    let mut rows = Vec::new();
    let mut loops = Vec::new();
    for peer in PEERS {
        loops.push(per_call(&program, "nothing", peer)?);
    }
    for operation in OPERATIONS {
        let mut row = vec![operation.to_owned()];
        for (peer, around) in PEERS.iter().zip(&loops) {
            row.push(format!("{:.0}", per_call(&program, operation, peer)? - around));
        }
        rows.push(row);
    }
    let head: Vec<&str> = std::iter::once("operation").chain(PEERS).collect();
    let table = Table::plain(&head, rows);
    println!("\n{}", table.to_terminal());
    record(workspace, "instructions", &table.to_markdown())?;
    Ok(true)
}

/// Instructions of one call, with the loop around it.
fn per_call(program: &Path, operation: &str, peer: &str) -> Result<f64, Error> {
    let [few, many] = [
        count(program, operation, peer, CALLS[0])?,
        count(program, operation, peer, CALLS[1])?,
    ];
    Ok((many - few) / (CALLS[1] - CALLS[0]) as f64)
}

fn count(program: &Path, operation: &str, peer: &str, calls: u64) -> Result<f64, Error> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program);
    command.args(["instructions", operation, peer, &calls.to_string()]);
    let output = command.output().map_err(|error| Error::io("valgrind", error))?;
    let text = String::from_utf8_lossy(&output.stderr);
    collected(&text)
        .filter(|_| output.status.success())
        .ok_or_else(|| Error::new(format!("callgrind did not count {operation:?} by {peer}:\n{text}")))
}

/// The figure of callgrind's line `Collected : N`.
fn collected(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_total_is_read_from_callgrind() {
        assert_eq!(
            collected("==1== Events    : Ir\n==1== Collected : 7320\n"),
            Some(7320.0)
        );
        assert_eq!(collected("==1== nothing\n"), None);
    }
}
