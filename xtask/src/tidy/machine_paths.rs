//! No file names a directory of somebody's machine.

use super::Finding;
use super::tree::Tree;

/// Where home directories are; put together from halves so that this file does not find itself.
const HOMES: [&str; 4] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("C:\\Use", "rs"),
];

/// Finds lines with an absolute path into a home directory.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let lines = tree
        .files()
        .flat_map(|(path, text)| text.lines().enumerate().map(move |line| (path, line)));
    lines
        .filter_map(|(path, (index, line))| {
            let home = HOMES.iter().find(|home| begins_a_path(line, home))?;
            Some(Finding::new(
                path,
                index + 1,
                format!("a path of one machine ({home}): make it relative"),
            ))
        })
        .collect()
}

/// Whether `home` occurs in the line other than in the middle of a longer path.
fn begins_a_path(line: &str, home: &str) -> bool {
    let starts = line.match_indices(home).map(|(at, _)| line[..at].chars().next_back());
    starts
        .into_iter()
        .any(|before| !before.is_some_and(|c| c.is_alphanumeric() || "._-}".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_directory_is_found_and_a_relative_path_is_not() {
        let text = format!("see {}me/project\nsee docs/home/x\n", HOMES[1]);
        let findings = check(&Tree::of(&[("a.md", &text)]));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1]);
    }
}
