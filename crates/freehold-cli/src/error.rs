//! What the command may have to say: one sentence, and a hint where there is something to do.

use std::ffi::OsStr;
use std::path::Path;
use std::{fmt, io};

use crate::interpreter::Interpreter;

/// A failure of the command, or the reason why a run has no report.
#[derive(Debug)]
pub struct Error {
    sentence: String,
    hint: Option<String>,
    exit_code: u8,
}

impl Error {
    fn usage(sentence: String, hint: &str) -> Self {
        Self {
            sentence,
            hint: Some(hint.to_owned()),
            exit_code: 2,
        }
    }

    fn failure(sentence: String, hint: &str) -> Self {
        Self {
            sentence,
            hint: Some(hint.to_owned()),
            exit_code: 1,
        }
    }

    /// The code with which the command ends on this error.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub fn no_program() -> Self {
        Self::usage("no program to run".to_owned(), "give a script, -m MODULE or -c CODE")
    }

    pub fn no_argument(option: &str) -> Self {
        Self::usage(
            format!("{option} needs an argument"),
            "give a script, -m MODULE or -c CODE",
        )
    }

    pub fn option(word: &OsStr) -> Self {
        let sentence = format!("unknown option {}", word.display());
        Self::usage(
            sentence,
            "see freehold run --help; options of the program come after it",
        )
    }

    pub fn no_script(path: &Path) -> Self {
        Self::usage(
            format!("there is no script {}", path.display()),
            "check the path, or use -m for a module",
        )
    }

    pub fn no_main(path: &Path) -> Self {
        let sentence = format!("{} is a directory without a __main__.py", path.display());
        Self::usage(sentence, "name the script in it")
    }

    pub fn no_interpreter() -> Self {
        Self::usage(
            "no Python interpreter was found: neither VIRTUAL_ENV nor python3 or python on PATH leads to one"
                .to_owned(),
            "install CPython 3.9 to 3.13, or name it with --python",
        )
    }

    pub fn not_an_interpreter(path: &Path) -> Self {
        let sentence = format!("{} is not a Python interpreter that can be run", path.display());
        Self::usage(sentence, "give --python the path of CPython 3.9 to 3.13")
    }

    pub fn no_directory(path: &Path) -> Self {
        let sentence = format!(
            "the snapshot cannot be written to {}: its directory is not one that can be written",
            path.display()
        );
        Self::usage(
            sentence,
            "choose another place with -o, or do without it with --no-snapshot",
        )
    }

    pub fn occupied(cause: freehold_snapshot::Error) -> Self {
        Self {
            exit_code: 2,
            ..Self::from(cause)
        }
    }

    pub fn no_place(path: &Path) -> Self {
        let sentence = format!(
            "the report cannot be written to {}: it is a directory, or in none that can be written",
            path.display()
        );
        Self::usage(sentence, "choose another file for --json")
    }

    pub fn not_saved(reason: &str) -> Self {
        Self::failure(
            format!("the snapshot was not saved: {reason}"),
            "run again with -o and another place",
        )
    }

    pub fn no_agent() -> Self {
        Self::failure(
            "the agent library libfreehold_agent.so is not beside the command nor in ../lib/freehold".to_owned(),
            "build or install both together, or name it in FREEHOLD_AGENT",
        )
    }

    pub fn session(cause: io::Error) -> Self {
        Self::failure(
            format!("the directory for the agent cannot be made: {cause}"),
            "check TMPDIR and its space",
        )
    }

    pub fn start(interpreter: &Interpreter, cause: io::Error) -> Self {
        let sentence = format!("{} could not be started: {cause}", interpreter.path.display());
        Self::failure(sentence, "name another interpreter with --python")
    }

    pub fn disordered(first: &Path, second: &Path) -> Self {
        let sentence = format!("{} was taken after {}", first.display(), second.display());
        Self::usage(sentence, "give the oldest snapshot first")
    }

    pub fn is_directory(path: &Path) -> Self {
        Self::usage(format!("{} is a directory", path.display()), "give -o a file")
    }

    pub fn write(path: &Path, cause: io::Error) -> Self {
        Self::failure(
            format!("{} could not be written: {cause}", path.display()),
            "choose another file",
        )
    }

    pub fn print(cause: io::Error) -> Self {
        let sentence = format!("the report could not be written to standard output: {cause}");
        Self::failure(sentence, "send it elsewhere")
    }

    pub fn no_object(number: &str, count: usize) -> Self {
        let sentence = format!("the snapshot has no object {number}: it has {count}, numbered from 0");
        Self::usage(sentence, "take a number from freehold report --json, or name a type")
    }

    pub fn no_type(name: &str) -> Self {
        let sentence = format!("the snapshot has no objects of a type {}", name.escape_debug());
        Self::usage(sentence, "take a name from the census of freehold report")
    }

    pub fn several_types(name: &str, found: &[&str]) -> Self {
        const SHOWN: usize = 4;
        let shown: Vec<String> = found
            .iter()
            .take(SHOWN)
            .map(|it| it.escape_debug().to_string())
            .collect();
        let rest = if found.len() > SHOWN { ", and others" } else { "" };
        let sentence = format!(
            "{} is the name of several types: {}{rest}",
            name.escape_debug(),
            shown.join(", ")
        );
        Self::usage(sentence, "give the full name")
    }

    pub fn refused(reason: String) -> Self {
        Self::usage(reason, "name another interpreter with --python")
    }

    pub fn no_report(reason: &str) -> Self {
        Self {
            sentence: format!("no report: {reason}"),
            hint: None,
            exit_code: 1,
        }
    }

    pub fn not_loaded(interpreter: &Interpreter) -> Self {
        let reason = format!("{} did not load the agent", interpreter.path.display());
        let hint = "it must be a CPython that imports sitecustomize and heeds PYTHONPATH (not -E, -I or -S)";
        Self {
            hint: Some(hint.to_owned()),
            ..Self::no_report(&reason)
        }
    }
}

impl From<freehold_snapshot::Error> for Error {
    fn from(cause: freehold_snapshot::Error) -> Self {
        Self {
            sentence: cause.to_string(),
            hint: None,
            exit_code: 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}
