//! What the types of guards promise: each program in `ui/` must not compile.
//!
//! After a new compiler words an error anew: `TRYBUILD=overwrite cargo test -p freehold --test sync compile_fail`, and read the
//! difference.

#[test]
#[cfg_attr(any(asan, tsan), ignore = "another compiler, with other words")]
fn programs_that_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/sync/ui/*.rs");
}
