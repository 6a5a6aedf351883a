//! A cell: a lock that the collector can enter, with what it needs to tell whether anything changed.
//!
//! | field | written by | read by |
//! | --- | --- | --- |
//! | `raw` | whoever is inside | – |
//! | `version` | whoever acquired the cell for writing | the collector, while it holds the cell's lock |
//! | `waiting` | mutators about to wait for the lock | the collector, between edges |
//!
//! The lock orders all accesses to `version`: a collector that finds the same version at two times has seen the same
//! content, for nobody was inside in between. The version has 64 bits, and does not wrap.

use crate::pauses::timed;
use crate::primitive::{AtomicU32, AtomicU64, Ordering, RawMutex, RawMutexApi, lock_if_free};

/// How often a cell was acquired for writing.
#[derive(Debug)]
struct Version(AtomicU64);

impl Version {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Version(AtomicU64::new(0))
    }

    #[cfg(loom)]
    fn new() -> Self {
        Version(AtomicU64::new(0))
    }

    /// Counts an acquisition for writing; by the holder of the lock.
    #[inline]
    fn bump(&self) {
        // Relaxed, and no read-modify-write: the cell's lock orders this with every other access.
        let version = self.0.load(Ordering::Relaxed);
        self.0.store(version.wrapping_add(1), Ordering::Relaxed);
    }

    /// The version now; by the collector, while it holds the lock.
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The mutators that wait for a cell: their number, and a bit that says that the collector was inside meanwhile.
#[derive(Debug)]
struct Waiting(AtomicU32);

/// The collector was inside, and has seen that somebody waits.
const NOTICED: u32 = 1 << 31;

impl Waiting {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Waiting(AtomicU32::new(0))
    }

    #[cfg(loom)]
    fn new() -> Self {
        Waiting(AtomicU32::new(0))
    }

    /// Runs `wait`, which waits for the lock, with the collector asked to leave the cell.
    fn during<R>(&self, wait: impl FnOnce() -> R) -> R {
        // Relaxed: a request, seen soon; the collector leaves the cell in any case.
        self.0.fetch_add(1, Ordering::Relaxed);
        let wait = || (wait(), self.0.fetch_sub(1, Ordering::Relaxed) & NOTICED != 0);
        let (result, noticed) = timed(wait, |&(_, noticed)| noticed);
        if noticed {
            self.0.fetch_and(!NOTICED, Ordering::Relaxed);
        }
        result
    }

    /// Whether a mutator waits for the cell; by the collector, inside.
    #[inline]
    fn is_wanted(&self) -> bool {
        let wanted = self.0.load(Ordering::Relaxed) & !NOTICED != 0;
        if wanted {
            self.0.fetch_or(NOTICED, Ordering::Relaxed);
        }
        wanted
    }
}

/// A lock for one at a time.
pub(crate) struct Cell {
    raw: RawMutex,
    waiting: Waiting,
    version: Version,
}

impl Cell {
    #[cfg(not(loom))]
    #[inline]
    pub(crate) const fn new() -> Self {
        Cell {
            raw: RawMutexApi::INIT,
            waiting: Waiting::new(),
            version: Version::new(),
        }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Cell {
            raw: RawMutex::new(),
            waiting: Waiting::new(),
            version: Version::new(),
        }
    }

    /// Acquires the cell for writing.
    #[inline]
    pub(crate) fn lock(&self) {
        if !lock_if_free(&self.raw) {
            self.lock_slow();
        }
        self.bump();
    }

    #[cold]
    fn lock_slow(&self) {
        self.waiting.during(|| self.raw.lock());
    }

    /// Acquires the cell for writing, if it is free.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        let locked = self.try_look();
        if locked {
            self.bump();
        }
        locked
    }

    /// Enters the cell to look, if it is free.
    #[inline]
    pub(crate) fn try_look(&self) -> bool {
        self.raw.try_lock()
    }

    /// Leaves the cell.
    ///
    /// # Safety
    /// The caller is inside.
    #[inline]
    pub(crate) unsafe fn unlock(&self) {
        // SAFETY: as the caller promised.
        unsafe { self.raw.unlock() }
    }

    /// Counts a change; by whoever is inside, or has the cell to itself.
    #[inline]
    pub(crate) fn bump(&self) {
        self.version.bump();
    }

    /// The version now; by the collector, inside.
    pub(crate) fn version(&self) -> u64 {
        self.version.get()
    }

    /// Whether the cell is free, and its version this one.
    #[inline]
    pub(crate) fn is_still(&self, version: u64) -> bool {
        if !self.try_look() {
            return false;
        }
        let now = self.version();
        // SAFETY: entered just now.
        unsafe { self.unlock() };
        now == version
    }

    /// Whether a mutator waits for the cell; by the collector, inside.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting.is_wanted()
    }
}
