//! Every Rust file opens with a `//!` header that says what the file is for.

use super::Finding;
use super::tree::Tree;

/// Finds Rust files whose first line is not an inner doc comment with text. Inputs of compile-fail tests are exempt:
/// what they show is one promise broken, and their name says which.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        .filter(|(path, text)| !path.contains("/tests/ui/") && !opens_with_header(text))
        .map(|(path, _)| {
            Finding::new(
                path,
                1,
                "the file does not open with a `//!` header: say what it is for",
            )
        })
        .collect()
}

fn opens_with_header(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "))
        .is_some_and(|rest| !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_header_is_found() {
        let tree = Tree::of(&[("a.rs", "use std::fmt;\n"), ("b.rs", "//!\nfn f() {}\n"), ("c.rs", "")]);
        let paths: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["a.rs", "b.rs", "c.rs"]);
    }

    #[test]
    fn a_file_with_header_passes() {
        assert_eq!(check(&Tree::of(&[("a.rs", "//! What it is for.\n")])), []);
        assert_eq!(check(&Tree::of(&[("crates/a/tests/ui/drop.rs", "fn main() {}\n")])), []);
    }
}
