//! The grace period: when memory may change its class.
//!
//! **Problem.** Someone who walks through the heap reads the header word of every slot, in use or not, without a lock. A
//! page that became another page's memory meanwhile would show arbitrary bytes there.
//!
//! **Mechanism.** Walks are counted under the source's lock, and a page of objects changes its class under the same lock. While
//! there is a walk, the page waits instead, its header words in place, and the end of the last walk lets it go. A walk that
//! begins after a page has changed finds the change, since both take the lock; and a page that is of a new class during a walk
//! was free, or raw, when the walk began, so the walk has read nothing of it.
//!
//! Raw pages need no grace: walks pass over them, without a look at their memory.

/// Walks in progress, and what waits for their end.
#[derive(Debug, Default)]
pub struct Grace<W> {
    walks: usize,
    waiting: W,
}

impl<W> Grace<W> {
    /// No walks.
    pub const fn new(waiting: W) -> Self {
        Grace { walks: 0, waiting }
    }

    /// Begins a walk.
    pub fn begin(&mut self) {
        self.walks += 1;
    }

    /// What waits.
    pub fn waiting(&self) -> &W {
        &self.waiting
    }

    /// Where to wait; `None`: there is no walk, and nothing to wait for.
    #[must_use]
    pub fn wait(&mut self) -> Option<&mut W> {
        (self.walks > 0).then_some(&mut self.waiting)
    }
}

impl<W: Default> Grace<W> {
    /// Forgets all walks but `left`, since the threads that began the others are not there. What waited, if that was all.
    #[must_use]
    pub fn forget(&mut self, left: usize) -> Option<W> {
        self.walks = left;
        (left == 0).then(|| std::mem::take(&mut self.waiting))
    }

    /// Ends a walk. The last one returns what has waited.
    #[must_use]
    pub fn end(&mut self) -> Option<W> {
        self.walks -= 1;
        (self.walks == 0).then(|| std::mem::take(&mut self.waiting))
    }
}
