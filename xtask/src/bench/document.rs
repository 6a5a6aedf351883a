//! Where measurements are shown: between marks in the documents, one pair for each section.

use crate::error::Error;
use crate::workspace::Workspace;

/// The document with a section for each benchmark.
const ALL: &str = "docs/benchmarks.md";

/// The document that shows one table, and which.
const ONE: (&str, &str) = ("README.md", "mixed");

/// Puts what was measured into its section, and into the other document if that shows it.
pub fn record(workspace: &Workspace, section: &str, measured: &str) -> Result<(), Error> {
    replace(workspace, ALL, &format!("measured {section}"), measured)?;
    if section == ONE.1 {
        replace(workspace, ONE.0, "measured", measured)?;
    }
    Ok(())
}

fn replace(workspace: &Workspace, document: &str, mark: &str, measured: &str) -> Result<(), Error> {
    let path = workspace.root().join(document);
    let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))?;
    let replaced = replace_between(&text, mark, measured)
        .ok_or_else(|| Error::new(format!("{document} has lost its marks:\n{}{}", begin(mark), end(mark))))?;
    std::fs::write(&path, replaced).map_err(|error| Error::io(&path, error))
}

fn begin(mark: &str) -> String {
    format!("<!-- {mark}: begin -->\n")
}

fn end(mark: &str) -> String {
    format!("<!-- {mark}: end -->\n")
}

fn replace_between(text: &str, mark: &str, measured: &str) -> Option<String> {
    let (begin, end) = (begin(mark), end(mark));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{measured}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_of_the_section_is_replaced() {
        let section = |mark: &str, content: &str| format!("{}{content}{}", begin(mark), end(mark));
        let text = [
            "# Top\n".to_owned(),
            section("measured a", "old\n"),
            section("measured b", "kept\n"),
        ]
        .concat();
        assert_eq!(
            replace_between(&text, "measured a", "new\n").unwrap(),
            text.replace("old", "new")
        );
        assert_eq!(replace_between(&text, "measured c", "new\n"), None);
    }
}
