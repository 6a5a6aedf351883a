//! What types promise: each program in `ui/` must not compile, and the error must say what to do.
//!
//! After a new compiler words an error anew: `TRYBUILD=overwrite cargo test -p freehold-derive --test compile_fail`, and read the
//! difference.

#[test]
fn programs_that_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
