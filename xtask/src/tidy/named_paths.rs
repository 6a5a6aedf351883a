//! Documents name only files that are there.
//!
//! A word of inline code that begins with one of the repository's top directories is a path, and must exist; a trailing
//! `:line`, and paths with wildcards or placeholders, are left aside.

use super::Finding;
use super::tree::Tree;

const TOPS: [&str; 7] = ["crates/", "docs/", "examples/", "fuzz/", "tests/", "xtask/", ".ci/"];

/// Finds inline code in Markdown files that names a file which does not exist.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("md")
        .flat_map(|(path, text)| check_document(tree, path, text))
        .collect()
}

fn check_document(tree: &Tree, document: &str, text: &str) -> Vec<Finding> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| code_spans(line).filter_map(move |span| Some((index + 1, named_path(span)?))))
        .filter(|(_, path)| !tree.has(path))
        .map(|(line, path)| Finding::new(document, line, format!("{path} is named here and does not exist")))
        .collect()
}

/// The pieces of a line between backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn named_path(span: &str) -> Option<&str> {
    let is_path = TOPS.iter().any(|top| span.starts_with(top)) && !span.contains([' ', '*', '<', '{', '$']);
    let without_line = span.split_once(':').map_or(span, |(path, _)| path);
    is_path.then_some(without_line.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_found() {
        let tree = Tree::of(&[
            ("docs/a.md", "as `crates/a/src/lib.rs` and `crates/b/src/lib.rs` do\n"),
            ("crates/a/src/lib.rs", ""),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.starts_with("crates/b/src/lib.rs"));
    }

    #[test]
    fn directories_lines_wildcards_and_other_code_pass() {
        let text = "`docs/` `docs/a.md:3` `crates/*/src` `cargo run -p x` `Gc::new`\n";
        assert_eq!(check(&Tree::of(&[("docs/a.md", text)])), []);
    }
}
