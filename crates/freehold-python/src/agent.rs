//! The agent in the process that it watches: what it is to do, the sampler while the program runs, the capture at its
//! end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Instant;

use freehold_snapshot::Snapshot;

use crate::api::Api;
use crate::capture::{Circumstances, capture};
use crate::host::Host;
use crate::object::{Gil, Obj};
use crate::protocol::{Request, SPARE, Status};
use crate::sampler::Sampler;
use crate::{Error, lookup};

/// A process has one interpreter to watch, and the interpreter calls back without saying for whom.
static AGENT: OnceLock<Agent> = OnceLock::new();

/// The agent of this process.
pub(crate) struct Agent {
    host: Host,
    directory: PathBuf,
    request: Request,
    started: Instant,
    process: u32,
    /// Addresses of its functions as objects.
    functions: [usize; 3],
    sampler: OnceLock<Sampler>,
}

impl Agent {
    /// Takes up the request in `directory` and starts the sampler. The interpreter is to call `functions`, by
    /// address.
    pub(crate) fn attach(host: Host, directory: PathBuf, functions: [usize; 3]) -> Result<(), Error> {
        let request = Request::read(&directory).map_err(Error::exchange)?;
        let agent = AGENT.get_or_init(|| Agent {
            host,
            directory,
            request,
            started: Instant::now(),
            process: std::process::id(),
            functions,
            sampler: OnceLock::new(),
        });
        agent
            .sampler
            .get_or_init(|| Sampler::new(&agent.host, agent.started))
            .resume();
        Status::Attached.write(&agent.directory).map_err(Error::exchange)
    }

    /// The agent, once it is attached.
    pub(crate) fn attached() -> Option<&'static Agent> {
        AGENT.get()
    }

    pub(crate) fn api(&self) -> &Api {
        &self.host.api
    }

    /// Leaves the process with the program's own threads. The GIL is held. Taking it again may unwind the thread, so
    /// nothing is owned or caught across that.
    pub(crate) fn suspend(&self) {
        self.without_gil(|sampler| {
            if catch_unwind(AssertUnwindSafe(|| sampler.suspend_no_gil())).is_err() {
                self.tell_of_panic();
            }
        });
    }

    /// Captures the heap and saves it. The GIL is held.
    pub(crate) fn finish(&self) -> Status {
        let history = self.without_gil(Sampler::finish_no_gil);
        // SAFETY: the interpreter calls exit handlers with the GIL held, and `without_gil` took it again.
        let gil = unsafe { Gil::assume() };
        if !self.program_started(gil) {
            return Status::NotStarted;
        }
        let circumstances = Circumstances {
            program: &self.request.program,
            uptime: self.started.elapsed(),
            history: &history,
            hidden: &self.functions,
        };
        match capture(gil, &self.host, &circumstances) {
            Ok(snapshot) => self.save(&snapshot),
            Err(error) => Status::Failed(error.to_string()),
        }
    }

    /// Saves `snapshot` in its place, or where the command can at least report on it.
    fn save(&self, snapshot: &Snapshot) -> Status {
        let path = self.request.snapshot(self.process);
        let Err(error) = snapshot.save(&path) else {
            return Status::Saved(path);
        };
        match snapshot.save(&self.directory.join(SPARE)) {
            Ok(()) => Status::Displaced(error.to_string()),
            Err(_) => Status::Failed(error.to_string()),
        }
    }

    /// Whether this is the process that is watched, and not a forked child.
    pub(crate) fn is_here(&self) -> bool {
        std::process::id() == self.process
    }

    /// Starts the sampler, or lets it go on.
    pub(crate) fn resume(&self) {
        if let Some(sampler) = self.sampler.get() {
            sampler.resume();
        }
    }

    /// Calls `work` with the sampler and without the GIL, for which the sampler may be waiting.
    fn without_gil<R: Default>(&self, work: impl FnOnce(&Sampler) -> R) -> R {
        let Some(sampler) = self.sampler.get() else {
            return R::default();
        };
        // SAFETY: the interpreter calls the agent's functions with the GIL held; the same thread takes it again.
        unsafe {
            let state = (self.host.api.PyEval_SaveThread)();
            let result = work(sampler);
            (self.host.api.PyEval_RestoreThread)(state);
            result
        }
    }

    /// Tells the command how the work stands.
    pub(crate) fn tell(&self, status: &Status) {
        // Without the file the command sees that the agent did not finish, which is all that could be said.
        let _ = status.write(&self.directory);
    }

    /// Tells of a panic, which must not unwind into the interpreter.
    pub(crate) fn tell_of_panic(&self) {
        self.tell(&Status::Failed("the agent stopped on an internal error".to_owned()));
    }

    /// Whether any of the program's own code ran: not if its source did not compile or was not found.
    fn program_started(&self, gil: Gil<'_>) -> bool {
        let host = &self.host;
        let of = |module: &str, name: &str| {
            let module = lookup::module(gil, host, module)?;
            lookup::attribute(gil, module, name, host)
        };
        let is_none = |object: Option<Obj<'_>>| object.is_none_or(|object| object.as_ptr() == host.api._Py_NoneStruct);
        if self.request.program.starts_with("-m ") {
            return !is_none(of("__main__", "__spec__"));
        }
        // An error of syntax in the program itself has no traceback; one in a module that it imports has.
        let failed = of("sys", "last_value").filter(|_| is_none(of("sys", "last_traceback")));
        let is_syntax = |object: Obj<'_>| object.ty().lineage().any(|ty| ty.name() == c"SyntaxError");
        !failed.is_some_and(is_syntax)
    }
}
