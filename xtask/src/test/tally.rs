//! How many tests passed, failed and were skipped, read from the summary lines of three test runners.
//!
//! `cargo test` writes `test result: ok. 3 passed; 0 failed; 1 ignored; ...` once a binary, nextest writes
//! `Summary [ 1.2s] 9 tests run: 8 passed, 1 failed, 2 skipped`, and pytest ends with `3 passed, 1 skipped in 0.12s`.
//! In all three a number precedes the word, so one reader serves them all.

use std::fmt;
use std::ops::AddAssign;

/// A count of tests, or of checks that count as one test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// A check that holds.
    pub const fn one_passed() -> Self {
        Self {
            passed: 1,
            failed: 0,
            skipped: 0,
        }
    }

    /// A check that does not hold, or a step that broke before any test ran.
    pub const fn one_failed() -> Self {
        Self {
            passed: 0,
            failed: 1,
            skipped: 0,
        }
    }

    /// A step that was not run.
    pub const fn one_skipped() -> Self {
        Self {
            passed: 0,
            failed: 0,
            skipped: 1,
        }
    }

    /// Adds up the summary lines in the output of `cargo test`.
    pub fn of_cargo_test(output: &str) -> Self {
        Self::sum(output.lines().filter(|line| line.starts_with("test result:")))
    }

    /// Reads the summary line of cargo-nextest.
    pub fn of_nextest(output: &str) -> Self {
        Self::sum(output.lines().filter(|line| line.trim_start().starts_with("Summary [")))
    }

    /// Reads the last line of pytest that carries a result.
    pub fn of_pytest(output: &str) -> Self {
        Self::sum(output.lines().rev().find(|line| is_pytest_summary(line)))
    }

    fn sum<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut total = Self::default();
        for line in lines {
            total += Self {
                passed: number_before(line, &["passed", "xfailed"]),
                failed: number_before(line, &["failed", "error", "errors", "timed", "xpassed"]),
                skipped: number_before(line, &["ignored", "skipped", "deselected"]),
            };
        }
        total
    }

    /// Whether a test passed.
    pub fn has_passes(self) -> bool {
        self.passed > 0
    }

    /// Whether a test failed.
    pub fn has_failures(self) -> bool {
        self.failed > 0
    }

    /// The same, with at least one failure: a runner that failed without naming a test failed as a whole.
    pub fn failing(self) -> Self {
        Self {
            failed: self.failed.max(1),
            ..self
        }
    }
}

/// The sum of the numbers that stand directly before one of the words.
fn number_before(line: &str, words: &[&str]) -> u64 {
    let tokens: Vec<&str> = line
        .split_whitespace()
        .map(|token| token.trim_matches([',', ';', '=', '(', ')']))
        .collect();
    let pairs = tokens.windows(2).filter(|pair| words.contains(&pair[1]));
    pairs.filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// Whether this is pytest's last line: `… in 3.00s`, and after a minute `… in 61.02s (0:01:01)`, perhaps in a frame of `=`.
fn is_pytest_summary(line: &str) -> bool {
    let line = line.trim_end_matches(['=', ' ']);
    let line = line
        .split_once("s (")
        .map_or(line.trim_end_matches('s'), |(before, _)| before);
    line.rsplit_once(" in ")
        .is_some_and(|(_, seconds)| seconds.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_test_binaries_add_up() {
        let output = "running 4 tests\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out\n\
                      test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            Tally::of_cargo_test(output).to_string(),
            "8 passed, 2 failed, 1 skipped"
        );
    }

    #[test]
    fn nextest_remarks_do_not_hide_its_numbers() {
        let output =
            "     Summary [   2.061s] 41/43 tests run: 38 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 5 skipped\n";
        assert_eq!(Tally::of_nextest(output).to_string(), "38 passed, 3 failed, 5 skipped");
    }

    #[test]
    fn pytest_is_read_with_and_without_its_frame() {
        let framed = "x.py ..F\n==== 1 failed, 2 passed, 1 skipped, 1 error in 0.12s ====\n";
        assert_eq!(Tally::of_pytest(framed).to_string(), "2 passed, 2 failed, 1 skipped");
        assert_eq!(
            Tally::of_pytest("4 passed in 61.02s (0:01:01)\n").to_string(),
            "4 passed, 0 failed, 0 skipped"
        );
        assert_eq!(
            Tally::of_pytest("=== 1 failed, 4 passed in 3.0s ===\nall of it in the logs\n").to_string(),
            "4 passed, 1 failed, 0 skipped"
        );
    }

    #[test]
    fn output_without_a_summary_is_no_test() {
        assert_eq!(Tally::of_pytest("nothing ran"), Tally::default());
        assert!(Tally::default().failing().has_failures());
    }
}
