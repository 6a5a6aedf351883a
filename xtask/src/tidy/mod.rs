//! `cargo xtask tidy`: the rules of the repository that a machine can check.
//!
//! Each rule is one file with one function from a [`Tree`] (or from cargo's metadata) to findings, so that its unit
//! tests can hand it a tree in memory and show that it can fail. The rules are those of docs/architecture.md and
//! CONTRIBUTING.md. Cost: every text file of the checkout is read once.

mod dependencies;
mod header;
mod length;
mod links;
mod loom;
mod machine_paths;
mod named_paths;
mod tree;
mod whitespace;
mod words;

use std::fmt;

use crate::error::Error;
use crate::workspace::Workspace;
use tree::Tree;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks the workspace and prints what it finds; true when there is nothing.
pub fn run(workspace: &Workspace) -> Result<bool, Error> {
    let findings = check(workspace)?;
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "tidy: {}",
        if findings.is_empty() {
            "clean".to_owned()
        } else {
            format!("{} findings", findings.len())
        }
    );
    Ok(findings.is_empty())
}

/// All findings of all rules, in the order of the files.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let tree = Tree::read(workspace.root())?;
    let rules = [
        header::check,
        length::check,
        links::check,
        loom::check,
        machine_paths::check,
        named_paths::check,
        whitespace::check,
        words::check,
    ];
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    findings.extend(dependencies::check(workspace.metadata()));
    findings.sort();
    Ok(findings)
}
