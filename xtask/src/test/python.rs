//! The Python tests: a virtual environment of its own, the command and its agent built, `pytest tests/python`.
//!
//! The environment lives in `target/venv` and is made anew when the interpreter or the list of requirements changes, so
//! that the second run costs nothing. The tests find the command through `FREEHOLD_BIN`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::command::run;
use super::{Outcome, Tally};
use crate::error::Error;
use crate::workspace::Workspace;

/// What the tests need from the package index.
const REQUIREMENTS: [&str; 1] = ["pytest>=8,<9"];

/// The oldest minor version of Python 3 that the command supports.
const OLDEST: u32 = 9;

/// An interpreter that was asked for its version.
pub struct Interpreter {
    pub program: String,
    pub version: String,
}

/// Runs the Python tests.
pub fn tests(workspace: &Workspace) -> Result<Outcome, Error> {
    let directory = workspace.root().join("tests/python");
    if !directory.is_dir() {
        return Ok(Outcome::Skipped("there is no tests/python".to_owned()));
    }
    let Some(interpreter) = find_interpreter() else {
        let report = format!(
            "no CPython 3.{OLDEST} or newer was found as python3 or python; to get one: your system's package python3 \
             (on Debian: apt-get install python3 python3-venv), or set FREEHOLD_PYTHON to its path"
        );
        return Ok(Outcome::Failed(Tally::one_failed(), report));
    };
    let built = run(
        workspace,
        "python-build",
        &mut workspace.cargo(["build", "-p", "freehold-cli"]),
    )?;
    if !built.success {
        return Ok(built.into_check(""));
    }
    let environment = match virtual_environment(workspace, &interpreter)? {
        Ok(environment) => environment,
        Err(outcome) => return Ok(outcome),
    };
    let mut command = Command::new(python_of(&environment));
    command
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/python"])
        .current_dir(workspace.root());
    command.env("FREEHOLD_BIN", workspace.target().join("debug/freehold"));
    Ok(run(workspace, "python", &mut command)?
        .into_tests(Tally::of_pytest, &format!("CPython {}", interpreter.version)))
}

/// `FREEHOLD_PYTHON`, or the first suitable interpreter on the path.
pub fn find_interpreter() -> Option<Interpreter> {
    let named = std::env::var("FREEHOLD_PYTHON").ok();
    let on_path = ["python3".to_owned(), "python".to_owned()];
    let numbered = (OLDEST..=13).rev().map(|minor| format!("python3.{minor}"));
    named.into_iter().chain(on_path).chain(numbered).find_map(probe)
}

/// Asks a program whether it is a CPython that will do.
fn probe(program: String) -> Option<Interpreter> {
    let question = "import sys; print(sys.implementation.name, *sys.version_info[:3])";
    let output = Command::new(&program).args(["-c", question]).output().ok()?;
    let version = suitable_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Interpreter { program, version })
}

/// The version in an answer like `cpython 3 11 7`, if it is new enough.
fn suitable_version(answer: &str) -> Option<String> {
    let words: Vec<&str> = answer.split_whitespace().collect();
    let &["cpython", "3", minor, micro] = words.as_slice() else {
        return None;
    };
    (minor.parse::<u32>().ok()? >= OLDEST).then(|| format!("3.{minor}.{micro}"))
}

/// The environment, made if need be; or the outcome of a step that could not make it.
fn virtual_environment(workspace: &Workspace, interpreter: &Interpreter) -> Result<Result<PathBuf, Outcome>, Error> {
    let environment = workspace.target().join("venv");
    let stamp = environment.join("made-for");
    let wanted = format!(
        "{} {} {}\n",
        interpreter.program,
        interpreter.version,
        REQUIREMENTS.join(" ")
    );
    if std::fs::read_to_string(&stamp).is_ok_and(|made_for| made_for == wanted) {
        return Ok(Ok(environment));
    }
    let mut create = Command::new(&interpreter.program);
    let created = run(
        workspace,
        "venv",
        create.args(["-m", "venv", "--clear"]).arg(&environment),
    )?;
    if !created.success {
        let report = format!(
            "{}\n{} cannot make a virtual environment; to get the venv module: your system's package \
             (on Debian: apt-get install python3-venv)",
            created.output, interpreter.program
        );
        return Ok(Err(Outcome::Failed(Tally::one_failed(), report)));
    }
    let mut install = Command::new(python_of(&environment));
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(REQUIREMENTS);
    let installed = run(workspace, "pip", &mut install)?;
    if !installed.success {
        return Ok(Err(installed.into_check("")));
    }
    std::fs::write(&stamp, wanted).map_err(|error| Error::io(&stamp, error))?;
    Ok(Ok(environment))
}

fn python_of(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

#[cfg(test)]
mod tests {
    use super::suitable_version;

    #[test]
    fn only_a_new_enough_cpython_will_do() {
        assert_eq!(suitable_version("cpython 3 11 7\n").as_deref(), Some("3.11.7"));
        assert_eq!(suitable_version("cpython 3 8 18\n"), None);
        assert_eq!(suitable_version("pypy 3 10 14\n"), None);
        assert_eq!(suitable_version("Python 2.7\n"), None);
    }
}
