//! The instructions of freehold's locks, counted beside their peers'.
//!
//! The way without contention is taken to be what comes before the first return, as the compiler lays the code out; atomic
//! instructions, which take most of the time, are counted in all of it. Off x86-64 the task counts no atomic ones.

use super::super::document::record;
use super::super::table::Table;
use super::Assembly;
use crate::error::Error;
use crate::workspace::Workspace;

/// What is done, by which function, and by which of whose.
const PAIRS: [(&str, &str, &str, &str); 4] = [
    (
        "Mutex, lock and unlock",
        "add_mutex_freehold",
        "add_mutex_parking_lot",
        "parking_lot",
    ),
    (
        "RwLock, write",
        "add_rwlock_freehold",
        "add_rwlock_parking_lot",
        "parking_lot",
    ),
    (
        "RwLock, read",
        "read_rwlock_freehold",
        "read_rwlock_parking_lot",
        "parking_lot",
    ),
    ("OnceLock, get", "read_once_freehold", "read_once_std", "std"),
];

/// How many instructions freehold may have more.
const MORE: usize = 3;

/// Counts, prints and records; true if no lock has grown.
pub fn run(workspace: &Workspace) -> Result<bool, Error> {
    let assembly = Assembly::of(workspace, "locks")?;
    let mut rows = Vec::new();
    let mut is_fine = true;
    for (what, ours, theirs, whose) in PAIRS {
        let (ours, theirs) = (Count::of(&assembly.body(ours)?), Count::of(&assembly.body(theirs)?));
        if !ours.is_fine(&theirs) {
            println!("{what}: more instructions than {whose}'s than there may be");
            is_fine = false;
        }
        let cells = [ours.uncontended, theirs.uncontended, ours.atomic, theirs.atomic];
        let names = [what.to_owned(), whose.to_owned()];
        rows.push(names.into_iter().chain(cells.map(|cell| cell.to_string())).collect());
    }
    let head = ["operation", "peer", "instructions", "peer's", "atomic ones", "peer's"];
    let table = Table::plain(&head, rows);
    println!("\n{}", table.to_terminal());
    record(workspace, "locks", &table.to_markdown())?;
    Ok(is_fine)
}

/// How many instructions a function has.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    /// Up to the first return.
    uncontended: usize,
    /// With a bus lock, everywhere.
    atomic: usize,
}

impl Count {
    fn of(instructions: &str) -> Self {
        let lines = || instructions.lines().map(str::trim);
        let is_return = |line: &str| line.starts_with("ret");
        Count {
            uncontended: lines().take_while(|line| !is_return(line)).count() + 1,
            atomic: lines().filter(|line| line.starts_with("lock")).count(),
        }
    }

    fn is_fine(&self, peer: &Count) -> bool {
        self.atomic <= peer.atomic && self.uncontended <= peer.uncontended + MORE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_without_contention_ends_at_the_first_return() {
        let count = Count::of("    lock cmpxchgb %cl, (%rdi)\n    jne .LBB0_1\n    retq\n    callq wait\n    retq\n");
        assert_eq!(
            count,
            Count {
                uncontended: 3,
                atomic: 1
            }
        );
    }

    #[test]
    fn a_lock_may_not_grow() {
        let count = |uncontended, atomic| Count { uncontended, atomic };
        assert!(count(13, 2).is_fine(&count(10, 2)));
        assert!(!count(14, 2).is_fine(&count(10, 2)));
        assert!(!count(10, 3).is_fine(&count(10, 2)));
    }
}
