//! Invariants that come down to words which may not occur in some directories.
//!
//! The table is the statement of the invariant; comments and doc comments do not count, nor do unit tests.

use super::Finding;
use super::tree::{Tree, is_test, without_comment};

/// Words that may not occur in the code under a directory.
struct Rule {
    directory: &'static str,
    words: &'static [&'static str],
    reason: &'static str,
}

const PRINTING: &[&str] = &["println!", "eprintln!", "print!", "eprint!", "dbg!"];
const NO_PRINTING: &str = "a library does not print: return the fact to the caller";

const RULES: [Rule; 7] = [
    Rule {
        directory: "crates/freehold-pool/src/",
        words: &["Trace", "Tracer", "Gc"],
        reason: "the pool knows nothing of tracing: it hands out slots and enumerates them",
    },
    Rule {
        directory: "crates/freehold/src/collect/",
        words: &["std::fs", "std::io", "std::net"],
        reason: "the collector does no input or output: it walks and reports to a visitor",
    },
    Rule {
        directory: "crates/freehold-snapshot/src/",
        words: &["*const", "*mut", "NonNull", "unsafe"],
        reason: "a snapshot holds dense ids, never pointers: it is read on other machines",
    },
    Rule {
        directory: "crates/freehold-pool/src/",
        words: PRINTING,
        reason: NO_PRINTING,
    },
    Rule {
        directory: "crates/freehold/src/",
        words: PRINTING,
        reason: NO_PRINTING,
    },
    Rule {
        directory: "crates/freehold-derive/src/",
        words: PRINTING,
        reason: NO_PRINTING,
    },
    Rule {
        directory: "crates/freehold-snapshot/src/",
        words: PRINTING,
        reason: NO_PRINTING,
    },
];

/// Finds the words of the table.
pub fn check(tree: &Tree) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| check_rule(tree, rule)).collect()
}

fn check_rule(tree: &Tree, rule: &Rule) -> Vec<Finding> {
    let files = tree
        .with_extension("rs")
        .filter(|(path, _)| path.starts_with(rule.directory) && !is_test(path));
    let lines = files.flat_map(|(path, text)| {
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        code.enumerate().map(move |line| (path, line))
    });
    lines
        .filter_map(|(path, (index, line))| {
            let word = rule.words.iter().find(|word| has_word(without_comment(line), word))?;
            Some(Finding::new(path, index + 1, format!("`{word}` here: {}", rule.reason)))
        })
        .collect()
}

/// Whether `word` occurs in the line and is not a part of a longer identifier.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invariant_can_be_broken() {
        let tree = Tree::of(&[
            ("crates/freehold-pool/src/slot.rs", "//! x\nuse crate::Trace;\n"),
            ("crates/freehold/src/collect/mark.rs", "//! x\nuse std::fs::File;\n"),
            (
                "crates/freehold-snapshot/src/graph.rs",
                "//! x\nlet p: *const u8 = q;\n",
            ),
            ("crates/freehold/src/gc.rs", "//! x\nprintln!(\"collected\");\n"),
        ]);
        let lines: Vec<_> = check(&tree)
            .into_iter()
            .map(|finding| (finding.path, finding.line))
            .collect();
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines.iter().all(|(_, line)| *line == 2));
    }

    #[test]
    fn comments_tests_longer_words_and_other_crates_pass() {
        let tree = Tree::of(&[
            (
                "crates/freehold-pool/src/slot.rs",
                "//! No Trace here.\nstruct Traceless;\n#[cfg(test)]\nuse Trace;\n",
            ),
            ("crates/freehold-pool/src/page/tests.rs", "dbg!(1);\n"),
            ("crates/freehold-cli/src/main.rs", "println!();\n"),
        ]);
        assert_eq!(check(&tree), []);
    }
}
