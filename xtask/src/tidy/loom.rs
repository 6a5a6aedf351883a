//! One `primitive` module a crate is the only switch between std and loom.
//!
//! `loom::` and `cfg(loom)` may be written in `src/primitive.rs` (or `src/primitive/`), and in `tests/loom_*.rs`;
//! `src/lib.rs` may gate modules on `cfg(loom)`. Anywhere else the switch would leak into the algorithms.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::{Tree, without_comment};

/// Finds loom outside the switch, and crates with two switches.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = stray(tree);
    findings.extend(doubled(tree));
    findings
}

fn stray(tree: &Tree) -> Vec<Finding> {
    let files = tree
        .with_extension("rs")
        .filter(|(path, _)| path.starts_with("crates/"));
    let lines = files.flat_map(|(path, text)| text.lines().enumerate().map(move |line| (path, line)));
    lines
        .filter(|(path, (_, line))| mentions_loom(line) && !may_mention(path, line))
        .map(|(path, (index, _))| {
            Finding::new(
                path,
                index + 1,
                "loom outside the crate's `primitive` module: import from `primitive` instead",
            )
        })
        .collect()
}

fn mentions_loom(line: &str) -> bool {
    let code = without_comment(line);
    code.contains("loom::") || (code.contains("cfg") && code.contains("loom"))
}

fn may_mention(path: &str, line: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_model = path.contains("/tests/") && name.starts_with("loom_");
    let is_gate = path.ends_with("/src/lib.rs") && !without_comment(line).contains("loom::");
    primitive_module(path).is_some() || is_model || is_gate
}

/// The switch that the file belongs to, if it belongs to one.
fn primitive_module(path: &str) -> Option<&str> {
    path.strip_suffix("/primitive.rs")
        .or_else(|| path.split_once("/primitive/").map(|(before, _)| before))
}

fn doubled(tree: &Tree) -> Vec<Finding> {
    let mut switches: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, _) in tree.with_extension("rs") {
        let Some(module) = primitive_module(path) else {
            continue;
        };
        let krate = path.split('/').nth(1).unwrap_or("");
        let known = switches.entry(krate).or_default();
        if !known.contains(&module) {
            known.push(module);
        }
    }
    let doubled = switches.values().filter_map(|modules| modules.get(1));
    doubled
        .map(|module| Finding::new(module, 1, "a second `primitive` module in the crate: there may be one"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loom_outside_the_switch_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/count.rs", "//! x\nuse loom::sync::Arc;\n"),
            ("crates/a/src/heap.rs", "//! x\n#[cfg(not(loom))]\nfn f() {}\n"),
            ("crates/a/src/lib.rs", "//! x\nuse loom::thread;\n"),
            ("crates/a/tests/stress.rs", "//! x\n#![cfg(not(loom))]\n"),
        ]);
        assert_eq!(check(&tree).len(), 4);
    }

    #[test]
    fn the_switch_its_gate_and_the_models_pass() {
        let tree = Tree::of(&[
            ("crates/a/src/primitive.rs", "#[cfg(loom)]\npub use loom::sync;\n"),
            ("crates/a/src/lib.rs", "#[cfg(not(loom))]\nmod os;\n"),
            ("crates/a/src/word.rs", "// loom::model explores this\n"),
            ("crates/a/tests/loom_count.rs", "#![cfg(loom)]\nuse loom::model;\n"),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_second_switch_in_one_crate_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/primitive.rs", ""),
            ("crates/a/src/collect/primitive.rs", ""),
            ("crates/b/src/primitive.rs", ""),
        ]);
        assert_eq!(check(&tree).len(), 1);
    }
}
