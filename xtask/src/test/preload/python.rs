//! CPython: a selection of its own tests, with every object a block of its own (`PYTHONMALLOC=malloc`).
//!
//! A test that fails is looked at again without the library: where it fails there as well, it says nothing of the library.

use std::process::Command;

use super::Verdict;
use super::library::{Library, Mode};
use crate::error::Error;
use crate::test::python::find_interpreter;

const TESTS: [&str; 7] = [
    "test_list",
    "test_dict",
    "test_gc",
    "test_threading",
    "test_json",
    "test_weakref",
    "test_io",
];

/// Runs the tests with the library, and those that fail without.
pub fn judge(library: &Library) -> Result<Verdict, Error> {
    let Some(interpreter) = find_interpreter() else {
        return Ok(Verdict::Missing("apt-get install python3 libpython3-testsuite"));
    };
    let command = |tests: &[&str]| {
        let mut command = Command::new("timeout");
        command
            .args(["200", &interpreter.program, "-m", "test", "-j2"])
            .args(tests)
            .env("PYTHONMALLOC", "malloc");
        command
    };
    let mut probe = Command::new(&interpreter.program);
    if !library
        .run("python-probe", Mode::Plain, probe.args(["-c", "import test.test_list"]))?
        .success
    {
        return Ok(Verdict::Missing("apt-get install libpython3-testsuite"));
    }
    let preloaded = library.run("python", Mode::Preloaded, &mut command(&TESTS))?;
    let note = format!("{} test files of CPython {}", TESTS.len(), interpreter.version);
    if preloaded.success {
        return Ok(Verdict::Passed(note));
    }
    let failed = failed_in(&preloaded.output);
    if is_complete(&preloaded.output) && !failed.is_empty() {
        let files: Vec<&str> = failed.iter().map(|(file, _)| *file).collect();
        let plain = library.run("python", Mode::Plain, &mut command(&files))?;
        if failed_in(&plain.output) == failed {
            return Ok(Verdict::Passed(format!(
                "{note}, of which {} fail without it, too",
                files.join(", ")
            )));
        }
    }
    Ok(Verdict::Failed(preloaded.output))
}

/// Whether the run came to its end.
fn is_complete(output: &str) -> bool {
    output.contains("== Tests result:")
}

/// The files with failures, and what is said of how many: lines such as `test_io failed (2 failures)`, alone or behind a time.
fn failed_in(output: &str) -> Vec<(&'static str, String)> {
    let failure = |file: &'static str| {
        let said = output
            .lines()
            .find_map(|line| line.split_once(&format!("{file} failed (")).map(|found| found.1));
        said.map(|said| (file, said.to_owned()))
    };
    TESTS.into_iter().filter_map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::failed_in;

    #[test]
    fn failed_files_are_found_with_their_numbers() {
        let output = "0:00:17 load avg: 5.84 [5/7/1] test_json -- test_threading failed (1 failure)\n\
                      test_io failed (2 failures, 1 error)\ntest_gc passed\n";
        let failed = failed_in(output);
        assert_eq!(failed[0], ("test_threading", "1 failure)".to_owned()));
        assert_eq!(failed[1], ("test_io", "2 failures, 1 error)".to_owned()));
        assert_eq!(failed.len(), 2);
    }
}
