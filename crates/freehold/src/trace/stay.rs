//! How long the tracer has been inside locks that cannot tell whether somebody waits for them.
//!
//! The clock is asked once for [`QUESTIONS`] questions, each of which stands for a few handles or an object: a look at the
//! time costs as much as a lock.

use crate::primitive::Stopwatch;
use std::time::Duration;

/// The longest stay: what takes longer to see is not seen.
pub(crate) const LONGEST: Duration = Duration::from_millis(64);

const QUESTIONS: u32 = 16;

/// One stay, from the first lock entered until all are left.
#[derive(Debug)]
pub(super) struct Stay {
    since: Option<Stopwatch>,
    limit: Duration,
    questions: u32,
    over: bool,
}

impl Stay {
    pub(super) const fn new() -> Self {
        Stay {
            since: None,
            limit: LONGEST,
            questions: 0,
            over: false,
        }
    }

    /// Begins one that is limited.
    pub(super) fn begin(&mut self, limit: Duration) {
        *self = Stay {
            since: Some(Stopwatch::start()),
            limit,
            ..Stay::new()
        };
    }

    /// All locks are left.
    #[inline]
    pub(super) fn end(&mut self) {
        *self = Stay::new();
    }

    /// Whether it has lasted too long; then it is so until it ends. One that was not begun begins when the clock is first asked,
    /// soon after: most are over before.
    pub(super) fn is_over(&mut self) -> bool {
        self.questions += 1;
        if self.questions.is_multiple_of(QUESTIONS) {
            let since = self.since.get_or_insert_with(Stopwatch::start);
            self.over = since.elapsed() >= self.limit;
        }
        self.over
    }
}
