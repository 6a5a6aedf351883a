//! The interpreter that runs the program: the user's own.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// An interpreter.
#[derive(Debug)]
pub struct Interpreter {
    /// Its path; it is started by it, so that it finds its environment.
    pub path: PathBuf,
}

impl Interpreter {
    /// The one that the user `chose`, or that of the active virtual environment, or `python3`, or `python`.
    pub fn find(chosen: Option<&Path>) -> Result<Interpreter, Error> {
        if let Some(chosen) = chosen {
            return Interpreter::chosen(chosen);
        }
        let environment = env::var_os("VIRTUAL_ENV").map(|root| Path::new(&root).join("bin/python"));
        let path = environment
            .filter(|path| is_executable(path))
            .or_else(|| on_path("python3".as_ref()))
            .or_else(|| on_path("python".as_ref()))
            .ok_or_else(Error::no_interpreter)?;
        Ok(Interpreter { path })
    }

    fn chosen(path: &Path) -> Result<Interpreter, Error> {
        let by_name = !path.as_os_str().as_bytes().contains(&b'/');
        let found = if by_name {
            on_path(path.as_os_str())
        } else {
            Some(path.to_owned())
        };
        found
            .filter(|path| is_python(path))
            .map(|path| Interpreter { path })
            .ok_or_else(|| Error::not_an_interpreter(path))
    }
}

/// Whether the file at `path` runs Python code. Asked only of a path that the user gave: anything may be there.
fn is_python(path: &Path) -> bool {
    const MARK: &str = "freehold";
    let answer = Command::new(path)
        .args(["-E", "-S", "-c", "import sys; sys.stdout.write('freehold')"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    answer.is_ok_and(|answer| answer.stdout == MARK.as_bytes())
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
