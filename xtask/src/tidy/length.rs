//! No source file grows beyond 500 lines; about 200 is the aim.
//!
//! Tests do not count: neither files under `tests/`, nor what follows `#[cfg(test)]` at the start of a line.

use super::Finding;
use super::tree::{Tree, is_test};

const LIMIT: usize = 500;

/// Finds Rust and Python files over the limit.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        .chain(tree.with_extension("py"))
        .filter(|(path, _)| !is_test(path))
        .map(|(path, text)| {
            (
                path,
                text.lines()
                    .take_while(|line| !line.starts_with("#[cfg(test)]"))
                    .count(),
            )
        })
        .filter(|(_, lines)| *lines > LIMIT)
        .map(|(path, lines)| {
            Finding::new(
                path,
                LIMIT,
                format!("{lines} lines, more than {LIMIT}: split the file by its nouns"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_file_outside_tests_is_found() {
        let long = "x\n".repeat(LIMIT + 1);
        let tested = format!("x\n#[cfg(test)]\n{long}");
        let tree = Tree::of(&[
            ("a.rs", &long),
            ("b.rs", &tested),
            ("tests/c.rs", &long),
            ("d.py", &long),
        ]);
        let paths: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["a.rs", "d.py"]);
    }
}
