//! The agent as Python sees it: a module with one function, `start`, and the exit handler that it registers.
//!
//! The module is initialised in two phases (PEP 489), so creating it puts nothing into `sys.modules`, and
//! `sitecustomize.py` drops it as soon as it has called `start`. What stays is one C function in the list of exit
//! handlers. Being registered before anything else it runs after all others.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::api::{self, Api, Pointer};
use crate::capture::{Circumstances, capture};
use crate::history::History;
use crate::host::Host;
use crate::layout::tuple;
use crate::object::{Gil, Obj};
use crate::protocol::{Request, Status};
use crate::sampler::Sampler;
use crate::{Error, lookup, text};

const METH_VARARGS: c_int = 1;
const METH_NOARGS: c_int = 4;

/// What the process is to do at exit. There is one interpreter to watch, hence one of these.
static AGENT: OnceLock<Agent> = OnceLock::new();

struct Agent {
    host: Host,
    directory: PathBuf,
    request: Request,
    started: Instant,
    process: u32,
    /// Address of the exit handler's function object.
    handler: usize,
    sampler: Mutex<Option<Sampler>>,
}

/// `PyMethodDef`.
#[repr(C)]
struct MethodDef {
    name: *const c_char,
    function: Option<unsafe extern "C" fn(Pointer, Pointer) -> Pointer>,
    flags: c_int,
    doc: *const c_char,
}

/// `PyModuleDef`, of which the interpreter fills in the first five words.
#[repr(C)]
struct ModuleDef {
    base: [usize; 5],
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *const MethodDef,
    hooks: [usize; 4],
}

struct Shared<T>(UnsafeCell<T>);
// SAFETY: only the interpreter accesses the content, with the GIL held.
unsafe impl<T> Sync for Shared<T> {}

static METHODS: Shared<[MethodDef; 2]> = Shared(UnsafeCell::new([
    MethodDef {
        name: c"start".as_ptr(),
        function: Some(start),
        flags: METH_VARARGS,
        doc: ptr::null(),
    },
    MethodDef {
        name: ptr::null(),
        function: None,
        flags: 0,
        doc: ptr::null(),
    },
]));
static HANDLER: Shared<MethodDef> = Shared(UnsafeCell::new(MethodDef {
    name: c"freehold".as_ptr(),
    function: Some(at_exit),
    flags: METH_NOARGS,
    doc: ptr::null(),
}));
static MODULE: Shared<ModuleDef> = Shared(UnsafeCell::new(ModuleDef {
    base: [1, 0, 0, 0, 0],
    name: c"freehold_agent".as_ptr(),
    doc: ptr::null(),
    size: 0,
    methods: METHODS.0.get().cast(),
    hooks: [0; 4],
}));

/// Called by the interpreter when it loads the agent; returns the definition of the module.
///
/// # Safety
/// Called by CPython's import system, with the GIL held.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_freehold_agent() -> Pointer {
    match Api::resolve() {
        // SAFETY: the definition is static, and the GIL is held.
        Ok(api) => unsafe { (api.PyModuleDef_Init)(MODULE.0.get().cast()) },
        // SAFETY: the GIL is held.
        Err(error) => unsafe { api::raise(&error.to_string()) },
    }
}

/// `start(directory, register)`.
unsafe extern "C" fn start(_: Pointer, arguments: Pointer) -> Pointer {
    // SAFETY: the interpreter calls with the GIL held and a tuple of arguments.
    unsafe {
        let gil = Gil::assume();
        let arguments = Obj::new(gil, arguments).ok_or(Error::python("pass arguments"));
        match arguments.and_then(|arguments| attach(gil, arguments)) {
            Ok(agent) => none(&agent.host.api),
            Err(error) => api::raise(&error.to_string()),
        }
    }
}

/// Reads the request, registers the exit handler and starts the sampler.
fn attach(gil: Gil<'_>, arguments: Obj<'_>) -> Result<&'static Agent, Error> {
    let host = Host::recognise(gil)?;
    // SAFETY: `arguments` is a tuple; the bounds are checked first.
    let (directory, register) = unsafe {
        if arguments.ob_size() != 2 {
            return Err(Error::python("pass two arguments"));
        }
        (arguments.field(tuple::ITEMS), arguments.field(tuple::ITEMS + 8))
    };
    let directory = directory
        .and_then(|directory| text::whole(directory, &host.layout))
        .map(PathBuf::from);
    let (Some(directory), Some(register)) = (directory, register) else {
        return Err(Error::python("pass two arguments"));
    };
    let request = Request::read(&directory).map_err(Error::exchange)?;
    let handler = register_handler(&host.api, register)?;
    let agent = Agent {
        host,
        directory,
        request,
        started: Instant::now(),
        process: std::process::id(),
        handler,
        sampler: Mutex::new(None),
    };
    let agent = AGENT.get_or_init(|| agent);
    *agent.sampler.lock().unwrap_or_else(PoisonError::into_inner) = Sampler::start(&agent.host, agent.started).ok();
    Status::Attached.write(&agent.directory).map_err(Error::exchange)?;
    Ok(agent)
}

/// Makes the exit handler's function, passes it to `register`, and returns its address.
fn register_handler(api: &Api, register: Obj<'_>) -> Result<usize, Error> {
    // SAFETY: the GIL is held; the definition is static; each reference made is released once.
    unsafe {
        let handler = (api.PyCFunction_NewEx)(HANDLER.0.get().cast(), ptr::null_mut(), ptr::null_mut());
        if handler.is_null() {
            return Err(Error::python("make the exit handler"));
        }
        let registered = api.call(register.as_ptr(), handler);
        (api.Py_DecRef)(handler);
        if registered.is_null() {
            (api.PyErr_Clear)();
            return Err(Error::python("register the exit handler"));
        }
        (api.Py_DecRef)(registered);
        Ok(handler as usize)
    }
}

/// The exit handler. Does nothing in a forked child, which has no report of its own.
unsafe extern "C" fn at_exit(_: Pointer, _: Pointer) -> Pointer {
    let Some(agent) = AGENT.get() else {
        return ptr::null_mut();
    };
    if std::process::id() == agent.process {
        // A panic must not unwind into the interpreter, nor change how the program ends.
        let outcome = catch_unwind(AssertUnwindSafe(|| agent.finish()));
        let status = outcome.unwrap_or_else(|_| Status::Failed("the capture stopped on an internal error".to_owned()));
        // Without the file the command sees that the agent did not finish, which is all that could be said.
        let _ = status.write(&agent.directory);
    }
    none(&agent.host.api)
}

impl Agent {
    /// Captures the heap and saves it.
    fn finish(&self) -> Status {
        let history = self.history();
        // SAFETY: the interpreter calls exit handlers with the GIL held, and `history` took it again.
        let gil = unsafe { Gil::assume() };
        if !self.program_started(gil) {
            return Status::NotStarted;
        }
        let circumstances = Circumstances {
            program: &self.request.program,
            uptime: self.started.elapsed(),
            history: &history,
            hidden: self.handler,
        };
        let path = self.request.snapshot(self.process);
        let saved =
            capture(gil, &self.host, &circumstances).and_then(|snapshot| snapshot.save(&path).map_err(Error::from));
        match saved {
            Ok(()) => Status::Saved(path),
            Err(error) => Status::Failed(error.to_string()),
        }
    }

    /// Ends the sampler, with the GIL released as it may be waiting for it.
    fn history(&self) -> History {
        let Some(sampler) = self.sampler.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return History::default();
        };
        // SAFETY: the GIL is held, and is taken again by the same thread.
        unsafe {
            let state = (self.host.api.PyEval_SaveThread)();
            let history = sampler.finish_no_gil();
            (self.host.api.PyEval_RestoreThread)(state);
            history
        }
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

/// A new reference to `None`.
fn none(api: &Api) -> Pointer {
    // SAFETY: `None` is a static object; the GIL is held by all callers.
    unsafe { (api.Py_IncRef)(api._Py_NoneStruct) };
    api._Py_NoneStruct
}
