//! Golden files: what a reader sees, character for character.

use std::path::PathBuf;

/// Compares `report` with the golden file, or with `FREEHOLD_BLESS` set makes it the golden file.
pub fn check(name: &str, report: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("FREEHOLD_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, report).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == report,
        "{} differs; the report is now:\n{report}\nIf that is right, run again with FREEHOLD_BLESS=1",
        path.display()
    );
}

/// The text with ANSI codes taken out.
pub fn without_colour(report: &str) -> String {
    let mut parts = report.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap();
        assert!(code.starts_with('['), "{code:?}");
        text.push_str(rest);
    }
    text
}
