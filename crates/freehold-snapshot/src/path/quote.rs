//! Names as text for a terminal: nothing that moves the cursor, changes colours or runs on for lines.

/// Keys are shortened to this many characters.
const LONGEST_KEY: usize = 40;

/// Names that appear unquoted are shortened to this many characters.
const LONGEST_NAME: usize = 80;

/// A key in single quotes: `'user:17'`.
pub(crate) fn quoted(key: &str) -> String {
    let mut text = String::from("'");
    for character in shortened(key, LONGEST_KEY).chars() {
        match character {
            '\'' | '\\' => text.extend(['\\', character]),
            _ => push(&mut text, character),
        }
    }
    text.push('\'');
    text
}

/// A name as it is, as far as it is fit for a terminal.
pub(crate) fn bare(name: &str) -> String {
    let mut text = String::new();
    for character in shortened(name, LONGEST_NAME).chars() {
        push(&mut text, character);
    }
    text
}

fn push(text: &mut String, character: char) {
    if character.is_control() || is_directional(character) {
        text.extend(character.escape_default());
    } else {
        text.push(character);
    }
}

/// Characters that reorder or hide the text around them.
fn is_directional(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// At most `most` characters: where something is left out, an ellipsis in the middle says so.
fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    // The start tells what it is, the end which one it is.
    let tail = most / 3;
    let head = most - tail - 1;
    let start = text.chars().take(head);
    let end = text.chars().skip(count - tail);
    start.chain(['…']).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_keep_both_ends() {
        let key = "a".repeat(50) + &"z".repeat(50);
        let shown = quoted(&key);
        assert_eq!(shown.chars().count(), LONGEST_KEY + 2);
        assert!(shown.starts_with("'aaaa") && shown.ends_with("zzzz'") && shown.contains('…'));
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(quoted("it's\n\u{1b}[31m"), r"'it\'s\n\u{1b}[31m'");
        assert_eq!(bare("left\u{202e}right"), r"left\u{202e}right");
        assert_eq!(bare("naïve 日本"), "naïve 日本");
    }
}
