//! What a report says of a lock: which it is, how a thread has it or wants it, and where in the source.

use crate::sync::mode::{Kind, Mode};
use std::fmt;
use std::panic::Location;

impl Kind {
    const ALL: [Kind; 4] = [Kind::Mutex, Kind::RwLock, Kind::ReentrantMutex, Kind::OnceLock];

    /// The kind that has this number.
    pub(super) fn from_number(number: u64) -> Kind {
        Kind::ALL[(number % 4) as usize]
    }
}

/// A lock: `Mutex #3 at 0x7f2c5c000c10`.
///
/// The number is the lock's own for as long as the process lives, in the order of first use; the address is where it was when it
/// was taken, and another lock may be there later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lock {
    /// What it is.
    pub kind: Kind,
    /// Its number.
    pub number: u64,
    /// An address within it: of the part that is used here, not of the whole lock.
    pub address: usize,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} #{} at {:#x}", self.kind, self.number, self.address)
    }
}

impl Mode {
    /// Whether a thread that wants the lock in this way may wait for one that has it in that, or for a writer who does. Beside an
    /// upgradable reader the lock lets readers past a writer that waits; and nobody upgrades while another writes.
    pub(super) fn waits_for(self, held: Mode) -> bool {
        match self {
            Mode::Exclusive | Mode::Upgradable => true,
            Mode::Shared => held != Mode::Upgradable,
            Mode::Recursive => held == Mode::Exclusive,
            Mode::Upgrade => matches!(held, Mode::Shared | Mode::Recursive),
        }
    }

    /// Whether a thread that wants the lock in this way waits for a writer that waits.
    pub(super) fn queues_behind_writers(self) -> bool {
        matches!(self, Mode::Shared | Mode::Upgradable)
    }
}

/// A lock that a thread has or wants, how, and where: `RwLock #2 at 0x7f2c5c000c10 to read (src/rooms.rs:30:31)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Acquisition {
    /// The lock.
    pub lock: Lock,
    /// How.
    pub mode: Mode,
    /// The file, line and column of the call.
    pub site: &'static Location<'static>,
}

impl Acquisition {
    pub(super) fn new(lock: Lock, mode: Mode, site: &'static Location<'static>) -> Self {
        Acquisition { lock, mode, site }
    }

    /// Whether a thread that wants this keeps new readers out while it waits.
    pub(super) fn keeps_readers_out(&self) -> bool {
        self.lock.kind == Kind::RwLock && matches!(self.mode, Mode::Exclusive | Mode::Upgrade)
    }

    /// What a thread has that wanted this.
    pub(super) fn taken(self) -> Self {
        let mode = match self.mode {
            Mode::Upgrade => Mode::Exclusive,
            other => other,
        };
        Acquisition { mode, ..self }
    }
}

impl fmt::Display for Acquisition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match (self.lock.kind, self.mode) {
            (Kind::RwLock, Mode::Exclusive) => " to write",
            (Kind::RwLock, Mode::Shared) => " to read",
            (Kind::RwLock, Mode::Recursive) => " to read recursively",
            (Kind::RwLock, Mode::Upgradable) => " to read, upgradable",
            (Kind::RwLock, Mode::Upgrade) => " to write, by an upgrade",
            _ => "",
        };
        write!(f, "{}{how} ({})", self.lock, self.site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_numbers() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind as u64), kind);
        }
    }
}
