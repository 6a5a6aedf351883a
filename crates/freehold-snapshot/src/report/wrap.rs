//! Text in a given number of columns: wrapped, or shortened with an ellipsis.
//!
//! Columns are those of a terminal: a wide character takes two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Words that mean nothing without the number before them.
const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "s", "min", "h"];

/// The columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The lines of `text`, broken at spaces, and within words only where one is wider than a line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let gap = usize::from(!line.is_empty());
        if !line.is_empty() && columns(&line) + gap + columns(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while columns(&line) > width {
            let rest = line.split_off(prefix(&line, width).len());
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of `text`; a unit stays with its number.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        let mut end = rest.find(' ').unwrap_or(rest.len());
        if rest.starts_with(|first: char| first.is_ascii_digit()) && end < rest.len() {
            let next = &rest[end + 1..];
            let unit = &next[..next.find(' ').unwrap_or(next.len())];
            if UNITS.contains(&unit.trim_end_matches(['.', ',', ':'])) {
                end += 1 + unit.len();
            }
        }
        let word = &rest[..end];
        rest = &rest[end..];
        (!word.is_empty()).then_some(word)
    })
}

/// `text` in at most `width` columns, what is left out being in the middle: both ends of a path tell most.
pub(super) fn elide_middle(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let head = prefix(text, room.div_ceil(2));
    let tail = suffix(text, room / 2);
    format!("{head}…{tail}")
}

/// `text` in at most `width` columns, what is left out being the start: the end of a type's name tells most.
pub(super) fn elide_start(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    format!("…{}", suffix(text, width.saturating_sub(1)))
}

/// As much of the start of `text` as fits into `width` columns.
fn prefix(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > width
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// As much of the end of `text` as fits into `width` columns.
fn suffix(text: &str, width: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > width
    });
    start.map_or(text, |(at, character)| &text[at + character.len_utf8()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_then_within_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("  ", 4), Vec::<String>::new());
        assert_eq!(wrap("it took 1.9 s.", 12), ["it took", "1.9 s."]);
    }

    #[test]
    fn what_is_left_out_is_marked_and_fits() {
        assert_eq!(elide_middle("app.CACHE.entries", 9), "app.…ries");
        assert_eq!(elide_start("package.module.Type", 8), "…le.Type");
        assert_eq!(elide_middle("short", 9), "short");
        for width in 1..12 {
            assert!(columns(&elide_middle("日本語のテキスト", width)) <= width);
            assert!(columns(&elide_start("日本語のテキスト", width)) <= width);
            assert!(
                wrap("日本語の テキスト", width.max(2))
                    .iter()
                    .all(|it| columns(it) <= width.max(2))
            );
        }
    }
}
