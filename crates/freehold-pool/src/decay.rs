//! How many empty pages are kept, and for how long.
//!
//! **Bound.** Empty pages that still have their memory are kept up to 64 MiB and a quarter of what is in use; a page beyond
//! that gives its memory back at once.
//!
//! **Decay.** Pages that nobody needed during a whole [`TICK`] are idle. Each tick gives half of the idle ones back, so that a
//! peak is forgotten after a second, and a program that needs its pages again and again keeps them. The clock is
//! looked at when pages change hands; a program that does nothing gives nothing back.
//!
//! Source: jemalloc's decay of dirty pages (its `background_thread` and `dirty_decay_ms`), here without a thread and by halves.

use crate::page::PAGE_SIZE;

/// How often idle pages are halved, in milliseconds.
const TICK: u64 = 100;

/// Kept whatever else is in use.
const LEAST: usize = (64 << 20) / PAGE_SIZE;

/// Pages given back at a time, so that nobody waits long: 16 MiB.
const STEP: usize = (16 << 20) / PAGE_SIZE;

/// When the last tick was, and how many pages have been idle since.
#[derive(Debug)]
pub(crate) struct Decay {
    last: u64,
    idle: usize,
    due: usize,
}

impl Decay {
    pub(crate) const fn new() -> Self {
        Decay {
            last: 0,
            idle: 0,
            due: 0,
        }
    }

    /// Called when pages were taken: `kept` are left.
    pub(crate) fn taken(&mut self, kept: usize) {
        self.idle = self.idle.min(kept);
        self.due = self.due.min(kept);
    }

    /// Whether a tick has passed at `now` since the last call that said so.
    pub(crate) fn tick(&mut self, now: u64, kept: usize) -> bool {
        let ticks = now.saturating_sub(self.last) / TICK;
        if ticks > 0 {
            let left = self.idle.checked_shr(ticks.min(63) as u32).unwrap_or(0);
            self.due += self.idle - left;
            self.idle = kept.saturating_sub(self.due);
            self.last = now;
        }
        ticks > 0
    }

    /// How many of `kept` pages to give back now, with `used` in use.
    pub(crate) fn excess(&mut self, kept: usize, used: usize) -> usize {
        let due = self.due.min(STEP).min(kept);
        self.due -= due;
        due.max(kept.saturating_sub(LEAST + used / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_pages_are_halved_and_needed_ones_are_kept() {
        let mut decay = Decay::new();
        assert!(decay.tick(1_000, 80));
        assert_eq!(decay.excess(80, 0), 0);
        assert!(!decay.tick(1_050, 80));
        // All 80 were idle for a tick.
        assert!(decay.tick(1_100, 80));
        assert_eq!(decay.excess(80, 0), 40);
        // Of 40, 30 were in use for a moment.
        decay.taken(10);
        assert!(decay.tick(1_200, 40));
        assert_eq!(decay.excess(40, 0), 5);
        // Everything is idle for long.
        assert!(decay.tick(2_300, 35));
        assert_eq!(decay.excess(35, 0), 35);
    }

    #[test]
    fn pages_beyond_the_bound_go_at_once() {
        let mut decay = Decay::new();
        assert_eq!(decay.excess(LEAST + 100, 0), 100);
        assert_eq!(decay.excess(LEAST + 100, 80), 80);
    }

    #[test]
    fn a_peak_goes_step_by_step() {
        let mut decay = Decay::new();
        let peak = 10 * STEP;
        decay.tick(1_000, peak);
        decay.tick(1_100, peak);
        let first = decay.excess(peak, 100 * peak);
        assert_eq!(first, STEP);
        assert_eq!(decay.excess(peak - first, 100 * peak), STEP);
    }
}
