//! How long a thread stays away from a word after it lost a race for it: twice as long each time, as far as that helps.

use crate::primitive::stay_away;

/// The longest stay, in powers of two.
const LONGEST: u32 = 6;

/// One operation's attempts.
pub(super) struct Backoff(u32);

impl Backoff {
    #[inline]
    pub(super) fn new() -> Self {
        Backoff(0)
    }

    /// Stays away.
    #[inline]
    pub(super) fn wait(&mut self) {
        stay_away(self.0);
        self.0 = (self.0 + 1).min(LONGEST);
    }
}
