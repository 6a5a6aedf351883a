//! The interpreter as a child: same standard streams, same environment but for `PYTHONPATH`, same signals.

use std::env;
use std::ffi::{OsString, c_int};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use crate::error::Error;
use crate::interpreter::Interpreter;
use crate::session::Session;
use crate::signals::{self, Watch};

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With an exit code.
    Exit(u8),
    /// Of a signal.
    Signal(c_int),
}

/// Runs the interpreter on `words`, attached to `session`, to its end.
pub fn run(interpreter: &Interpreter, words: &[OsString], session: &Session) -> Result<Ending, Error> {
    // Set here rather than on the child, which would sort its environment.
    // SAFETY: this process has one thread.
    unsafe { env::set_var("PYTHONPATH", session.python_path()) };
    let watch = Watch::begin();
    let inherited = watch.inherited;
    let mut command = Command::new(&interpreter.path);
    command.args(words);
    // SAFETY: `restore` calls only functions that are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            inherited.restore();
            Ok(())
        });
    }
    let child = command.spawn().map_err(|cause| Error::start(interpreter, cause))?;
    let status = watch
        .wait(child.id() as libc::pid_t)
        .map_err(|cause| Error::start(interpreter, cause))?;
    Ok(if libc::WIFSIGNALED(status) {
        Ending::Signal(libc::WTERMSIG(status))
    } else {
        Ending::Exit(libc::WEXITSTATUS(status) as u8)
    })
}

impl Ending {
    /// Ends as the child did: returns its exit code, or dies of its signal.
    pub fn repeat(self) -> ExitCode {
        match self {
            Ending::Exit(code) => ExitCode::from(code),
            Ending::Signal(signal) => {
                signals::die_of(signal);
                // What a shell makes of it, for a signal that did not kill us.
                ExitCode::from((128 + signal) as u8)
            }
        }
    }
}

/// The name of a signal, such as `SIGKILL`.
pub fn signal_name(signal: c_int) -> String {
    let named = [
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGALRM, "SIGALRM"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGPIPE, "SIGPIPE"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGUSR2, "SIGUSR2"),
        (libc::SIGXCPU, "SIGXCPU"),
        (libc::SIGXFSZ, "SIGXFSZ"),
    ];
    let found = named.iter().find(|(number, _)| *number == signal);
    found.map_or_else(|| "another signal".to_owned(), |(_, name)| (*name).to_owned())
}
