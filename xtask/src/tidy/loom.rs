//! One `primitive` module a crate is the only switch between std and loom.
//!
//! `loom::` may be written in `src/primitive.rs` (or `src/primitive/`), and in `tests/loom_*`. Elsewhere `cfg(loom)`
//! may leave out or add a whole item (a module that models do not use, an assertion about std's layouts, a constructor
//! that loom cannot make const), but never a statement, a field or an expression: the algorithms are the same text
//! under both.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::{Tree, without_comment};

/// What an item begins with, after its attributes and visibility.
const ITEMS: [&str; 12] = [
    "mod ",
    "use ",
    "const ",
    "fn ",
    "unsafe fn ",
    "static ",
    "struct ",
    "impl",
    "unsafe impl",
    "trait ",
    "type ",
    "macro_rules!",
];

/// Finds loom outside the switch, and crates with two switches.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = stray(tree);
    findings.extend(doubled(tree));
    findings
}

fn stray(tree: &Tree) -> Vec<Finding> {
    let files = tree
        .with_extension("rs")
        .filter(|(path, _)| path.starts_with("crates/") && !is_at_home(path));
    files
        .flat_map(|(path, text)| check_file(path, &text.lines().collect::<Vec<_>>()))
        .collect()
}

/// Files in which loom may be written at will.
fn is_at_home(path: &str) -> bool {
    primitive_module(path).is_some() || path.contains("/tests/loom_")
}

fn check_file(path: &str, lines: &[&str]) -> Vec<Finding> {
    let finding = |index: usize| {
        let code = without_comment(lines[index]).trim();
        let message = if code.contains("loom::") {
            "loom outside the crate's `primitive` module: import from `primitive` instead"
        } else if code.contains("cfg") && code.contains("loom") && !gates_item(path, code, &lines[index + 1..]) {
            "`cfg(loom)` within an item: what differs belongs into the crate's `primitive` module"
        } else {
            return None;
        };
        Some(Finding::new(path, index + 1, message))
    };
    (0..lines.len()).filter_map(finding).collect()
}

/// Whether the line is an attribute of a whole item, or of the crate itself.
fn gates_item(path: &str, code: &str, following: &[&str]) -> bool {
    if code.starts_with("#![cfg_attr(") {
        return path.ends_with("/src/lib.rs");
    }
    let mut rest = following.iter().map(|line| line.trim());
    let gated = rest
        .find(|line| !line.starts_with("#[") && !line.starts_with("//"))
        .unwrap_or("");
    code.starts_with("#[cfg")
        && code.ends_with(']')
        && ITEMS.iter().any(|item| without_visibility(gated).starts_with(item))
}

fn without_visibility(item: &str) -> &str {
    let rest = item.strip_prefix("pub").unwrap_or(item);
    let rest = if rest.starts_with('(') {
        rest.split_once(')').map_or(rest, |(_, rest)| rest)
    } else {
        rest
    };
    rest.trim_start()
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
            (
                "crates/a/src/heap.rs",
                "fn f() {\n    #[cfg(not(loom))]\n    spin();\n}\n",
            ),
            ("crates/a/src/list.rs", "fn f() {\n    if cfg!(loom) {}\n}\n"),
            (
                "crates/a/src/slot.rs",
                "struct S {\n    #[cfg(loom)]\n    pub word: u64,\n}\n",
            ),
            ("crates/a/tests/stress.rs", "//! x\n#![cfg(not(loom))]\n"),
        ]);
        assert_eq!(
            check(&tree).iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [2, 2, 2, 2, 2]
        );
    }

    #[test]
    fn the_switch_gates_of_items_and_models_pass() {
        let tree = Tree::of(&[
            (
                "crates/a/src/primitive.rs",
                "#[cfg(loom)]\npub use loom::sync;\nlet x = cfg!(loom);\n",
            ),
            (
                "crates/a/src/lib.rs",
                "#![cfg_attr(loom, allow(dead_code))]\n#[cfg(not(loom))]\npub(crate) mod os;\n",
            ),
            (
                "crates/a/src/cell.rs",
                "#[cfg(not(loom))]\n/// A cell.\n#[inline]\npub const fn new() -> Self {}\n",
            ),
            (
                "crates/a/src/word.rs",
                "// loom::model explores this\n#[cfg(loom)]\npub unsafe fn link() {}\n",
            ),
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
