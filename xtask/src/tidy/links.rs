//! The relative links of the documents lead somewhere: to a file or directory that exists, and to a heading in it.
//!
//! A link is `](target)` outside code. Targets with a scheme are not followed: the check needs no network. A heading's
//! anchor is formed as GitHub and mdBook form it: lower case, blanks to hyphens, punctuation dropped.

use super::Finding;
use super::tree::Tree;

/// Finds links in Markdown files that lead nowhere.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("md")
        .flat_map(|(path, text)| check_document(tree, path, text))
        .collect()
}

fn check_document(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let links = prose(text).flat_map(|(line, prose)| targets(&prose).into_iter().map(move |target| (line, target)));
    links
        .filter(|(_, target)| !target.contains("://") && !target.starts_with("mailto:"))
        .filter_map(|(line, target)| {
            let message = broken(tree, path, &target)?;
            Some(Finding::new(path, line, message))
        })
        .collect()
}

/// The lines outside fenced code, numbered from 1, with inline code blanked out.
pub fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        // The odd pieces of a line split at backticks are code.
        let outside = line
            .split('`')
            .enumerate()
            .map(|(part, piece)| if part % 2 == 0 { piece } else { "code" });
        (!fenced).then(|| (index + 1, outside.collect()))
    })
}

fn targets(line: &str) -> Vec<String> {
    let starts = line
        .match_indices("](")
        .map(|(at, opening)| &line[at + opening.len()..]);
    starts
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned()))
        .collect()
}

fn broken(tree: &Tree, document: &str, target: &str) -> Option<String> {
    let (file, anchor) = target
        .split_once('#')
        .map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() {
        document.to_owned()
    } else {
        resolve(document, file)
    };
    if !tree.has(&path) {
        return Some(format!("the link {target} leads nowhere: there is no {path}"));
    }
    let text = tree.text(&path)?;
    let anchor = anchor?;
    let found = !path.ends_with(".md") || headings(text).any(|heading| slug(&heading) == anchor);
    (!found).then(|| format!("the link {target} leads nowhere: {path} has no heading #{anchor}"))
}

/// The path of a link in `document`, from the root of the repository.
fn resolve(document: &str, link: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('#').trim().to_owned())
}

fn slug(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Tree {
        Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", "# The pool's pages\n"),
            ("README.md", "# Top\n"),
            ("src/lib.rs", ""),
        ])
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for text in [
            "[x](c.md)\n",
            "[x](../src/main.rs)\n",
            "[x](b.md#pages)\n",
            "[x](#nowhere)\n",
            "[x](../docs/sub/)\n",
        ] {
            assert_eq!(check(&document(text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let text = "# Here\n[x](b.md) [y](b.md#the-pools-pages) [z](#here) [r](../README.md) [s](../src/) [w](https://example.org/x)\n";
        assert_eq!(check(&document(text)), []);
    }

    #[test]
    fn code_has_no_links() {
        assert_eq!(check(&document("`v[i](x)`\n```text\n[x](c.md)\n```\n")), []);
    }
}
