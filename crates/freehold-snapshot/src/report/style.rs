//! Restrained colour: weight for structure, one hue for trouble.

/// How a piece of text is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Titles, and what a line is about.
    Strong,
    /// Column heads and circumstances.
    Faint,
    /// A leak.
    Alarm,
    /// No leak.
    Calm,
}

/// `text` in a style, by ANSI codes if `colour`.
pub(super) fn paint(colour: bool, style: Style, text: &str) -> String {
    let code = match style {
        Style::Strong => "1",
        Style::Faint => "2",
        Style::Alarm => "1;31",
        Style::Calm => "32",
    };
    match colour && !text.is_empty() {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}
