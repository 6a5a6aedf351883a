//! The lock-free structures, alone and under stress: what goes in comes out once, and cycles through them are collected while
//! threads change them.

#[macro_use]
mod both;

mod atomic;
mod counted;
// ThreadSanitizer does not follow forks.
#[cfg(all(unix, not(tsan)))]
mod fork;
mod hostile;
mod limbo;
mod map;
mod patience;
mod queue;
mod stack;
mod stress;

/// What the types promise: each program in `ui/` must not compile.
#[test]
#[cfg_attr(any(asan, tsan), ignore = "another compiler, with other words")]
fn programs_that_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/lockfree/ui/*.rs");
}
