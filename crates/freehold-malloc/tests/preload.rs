//! The library, loaded into programs in C, each of which checks one thing and says where it was not so: `tests/c/`.
//!
//! The library is built by the test, with its debug assertions, since cargo builds no shared library for the tests of its own
//! package. The programs are compiled by the system's C compiler; without one the tests have nothing to run, and say so.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The directory that this package's build goes to.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's directory for tests is in its build directory")
}

/// Builds the library in a directory of the build directory, with those features; returns its path.
fn build(directory: &str, features: &[&str]) -> PathBuf {
    let directory = target().join(directory);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "-p",
        "freehold-malloc",
        "--features",
        &features.join(","),
    ]);
    cargo.arg("--target-dir").arg(&directory).current_dir(HERE);
    assert!(cargo.status().unwrap().success(), "the library does not build");
    directory.join("debug/libfreehold_malloc.so")
}

/// The library, built once a process.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| build("", &[]))
}

/// Whether there is a C compiler.
fn has_compiler() -> bool {
    let found = Command::new("gcc").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: no gcc; to get one on Debian: apt-get install gcc libc6-dev");
    }
    found
}

/// Compiles `tests/c/<name>.c`. Tests run side by side, so each names its program.
fn compile(name: &str, program: &str, flags: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(program);
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]);
    gcc.args([
        "-Wno-alloc-size-larger-than",
        "-Wno-use-after-free",
        "-Wno-free-nonheap-object",
    ]);
    gcc.arg(Path::new(HERE).join("tests/c").join(name).with_extension("c"));
    let compiled = gcc.args(flags).arg("-o").arg(&program).args(["-ldl"]).output().unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    program
}

/// Runs a program with the library.
fn run(program: &Path, arguments: &[&str]) -> Output {
    run_with(library(), program, arguments)
}

fn run_with(library: &Path, program: &Path, arguments: &[&str]) -> Output {
    // A program that hangs is ended; `timeout` itself allocates nothing to speak of.
    let mut command = Command::new("timeout");
    command
        .arg("120")
        .arg(program)
        .args(arguments)
        .env("LD_PRELOAD", library);
    command.output().unwrap()
}

/// Compiles and runs a program that checks itself.
fn check(name: &str) {
    if !has_compiler() {
        return;
    }
    passes(&run(&compile(name, name, &[]), &[]));
}

fn passes(output: &Output) {
    let (said, complained) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{complained}", output.status);
    print!("{}", String::from_utf8_lossy(said));
}

#[test]
fn functions_do_as_the_manual_says() {
    check("functions");
}

#[test]
fn blocks_pass_between_threads_that_come_and_go() {
    check("threads");
}

#[test]
fn a_forked_child_goes_on() {
    check("fork");
}

#[test]
fn a_fork_does_not_wait_for_streams_with_the_pool_held() {
    check("streams");
}

#[test]
fn destructors_and_exit_functions_allocate() {
    check("late");
}

#[test]
fn libraries_with_thread_locals_are_loaded_while_threads_run() {
    if !has_compiler() {
        return;
    }
    let module = compile("tls_library", "tls_library.so", &["-shared", "-fPIC"]);
    passes(&run(&compile("tls", "tls", &[]), &[module.to_str().unwrap()]));
}

#[test]
fn misuse_ends_the_program_with_a_sentence() {
    if !has_compiler() {
        return;
    }
    let program = compile("misuse", "misuse", &[]);
    passes(&run(&program, &["none"]));
    for (misuse, sentence) in [
        ("twice", "was freed twice"),
        ("within", "no block of this allocator begins there"),
        ("stack", "no block of this allocator begins there"),
    ] {
        ends_with(&run(&program, &[misuse]), misuse, sentence);
    }
}

#[test]
fn hardened_it_sees_misuse_that_is_not_plain() {
    if !has_compiler() {
        return;
    }
    let (library, program) = (
        build("malloc-hardened", &["hardened"]),
        compile("misuse", "misuse_hardened", &[]),
    );
    passes(&run_with(&library, &program, &["none"]));
    for (misuse, sentence) in [
        ("twice-later", "was freed twice"),
        ("beyond", "was written beyond its end"),
    ] {
        ends_with(&run_with(&library, &program, &[misuse]), misuse, sentence);
    }
}

fn ends_with(output: &Output, misuse: &str, sentence: &str) {
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{misuse}: {}", output.status);
    assert!(complained.contains(sentence), "{misuse}: {complained}");
}

#[test]
fn little_address_space_is_enough() {
    if !has_compiler() {
        return;
    }
    let program = compile("threads", "threads_in_little_space", &[]);
    let mut shell = Command::new("sh");
    let script = "ulimit -v 600000; LD_PRELOAD=$0 exec timeout 120 $1";
    shell.args(["-c", script]).arg(library()).arg(program);
    passes(&shell.output().unwrap());
}
