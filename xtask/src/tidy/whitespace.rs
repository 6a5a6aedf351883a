//! No trailing whitespace, no tabs in Rust, and a newline at the end of each file.
//!
//! Plain `.txt` files are exempt: they hold the expected output of programs.

use super::Finding;
use super::tree::Tree;

/// Finds lines that end in blanks and files that end without a newline.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|(path, _)| !path.ends_with(".txt"))
        .flat_map(|(path, text)| check_file(path, text))
        .collect()
}

fn check_file(path: &str, text: &str) -> Vec<Finding> {
    let lines = text.split('\n').enumerate();
    let mut findings: Vec<Finding> = lines
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
        .map(|(index, _)| Finding::new(path, index + 1, "trailing whitespace"))
        .collect();
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(Finding::new(
            path,
            text.lines().count(),
            "no newline at the end of the file",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_at_the_end_of_a_line_are_found() {
        let findings = check(&Tree::of(&[("a.md", "one \ntwo\nthree\t\nfour\r\n")]));
        assert_eq!(
            findings.iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [1, 3, 4]
        );
    }

    #[test]
    fn a_missing_newline_at_the_end_is_found() {
        assert_eq!(check(&Tree::of(&[("a.py", "pass")])).len(), 1);
        assert_eq!(
            check(&Tree::of(&[("a.py", "pass\n"), ("b.py", ""), ("c.txt", "x ")])),
            []
        );
    }
}
