//! Global allocators: which programs have which, and how each is asked to give memory back.
//!
//! A program has one global allocator, so there is a program for each. They lie side by side; the one that is called
//! starts the others.

/// The programs, by the name of their allocator.
const PROGRAMS: [(&str, &str); 5] = [
    ("glibc", SYSTEM),
    ("mimalloc", "freehold-bench-mimalloc"),
    ("jemalloc", "freehold-bench-jemalloc"),
    ("snmalloc", "freehold-bench-snmalloc"),
    ("freehold-pool", "freehold-bench-pool"),
];

/// The program on the system's allocator, which is the one that is called.
const SYSTEM: &str = "freehold-bench";

/// The global allocator of a program.
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    /// What it is called as a peer.
    pub name: &'static str,
    /// Gives back to the system what it can, if the allocator has a call for that.
    pub trim: Option<fn()>,
}

/// The program that has the allocator which the peer's name ends in, or is; the system's if it names none.
pub fn program(peer: &str) -> &'static str {
    let last = peer.rsplit(", ").next();
    let found = PROGRAMS.iter().find(|(name, _)| last == Some(name));
    found.map_or(SYSTEM, |(_, program)| program)
}

/// The peer's name without the allocator that it is on; one that is an allocator keeps its name.
pub fn without(peer: &str) -> &str {
    match peer.rsplit_once(", ") {
        Some((rest, last)) if PROGRAMS.iter().any(|(name, _)| *name == last) => rest,
        _ => peer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_name_decides_where_it_runs() {
        assert_eq!(program("Arc"), SYSTEM);
        assert_eq!(program("Arc, std lock"), SYSTEM);
        assert_eq!(program("glibc"), SYSTEM);
        assert_eq!(program("Arc, mimalloc"), "freehold-bench-mimalloc");
        assert_eq!(program("jemalloc"), "freehold-bench-jemalloc");
    }

    #[test]
    fn only_an_allocator_is_taken_off_a_name() {
        assert_eq!(without("Arc, std lock"), "Arc, std lock");
        assert_eq!(without("Arc, std lock, mimalloc"), "Arc, std lock");
        assert_eq!(without("snmalloc"), "snmalloc");
    }
}
