//! `cargo xtask bench [NAME...] [--samples N]`: benchmarks side by side with peers.
//!
//! `freehold-bench` does the measuring, in release, and writes `target/bench/results.json`; this task turns the samples
//! into ratios of medians, prints them, and puts the table between the marks of docs/benchmarks.md and README.md.

mod machine;
mod results;
mod table;

use crate::date::today;
use crate::error::Error;
use crate::workspace::Workspace;
use results::Results;
use table::Table;

/// Where the table is shown.
const DOCUMENTS: [&str; 2] = ["docs/benchmarks.md", "README.md"];

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Measures, prints and records; true unless a benchmark fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool, Error> {
    let machine = machine::describe();
    let results = workspace.target().join("bench").join("results.json");
    let mut command = workspace.cargo(["run", "--release", "--quiet", "-p", "freehold-bench", "--", "--output"]);
    let status = command
        .arg(&results)
        .args(arguments)
        .status()
        .map_err(|error| Error::io("cargo run", error))?;
    if !status.success() {
        return Ok(false);
    }
    let text = std::fs::read_to_string(&results).map_err(|error| Error::io(&results, error))?;
    let table = Table::of(&Results::parse(&text)?);
    println!("{}", table.to_terminal());
    println!("samples: {}", results.display());
    record(workspace, &machine, &table)?;
    Ok(true)
}

/// Replaces what stands between the marks of the documents.
fn record(workspace: &Workspace, machine: &str, table: &Table) -> Result<(), Error> {
    let measured = format!("Measured on {} on {machine}.\n\n{}", today(), table.to_markdown());
    for document in DOCUMENTS {
        let path = workspace.root().join(document);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))?;
        let replaced = replace_between(&text, &measured)
            .ok_or_else(|| Error::new(format!("{document} has lost its marks:\n{BEGIN}{END}")))?;
        std::fs::write(&path, replaced).map_err(|error| Error::io(&path, error))?;
    }
    Ok(())
}

fn replace_between(text: &str, measured: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{measured}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let text = format!("# Top\n{BEGIN}old\n{END}rest\n");
        assert_eq!(
            replace_between(&text, "new\n").unwrap(),
            format!("# Top\n{BEGIN}new\n{END}rest\n")
        );
        assert_eq!(replace_between("no marks\n", "new\n"), None);
    }
}
