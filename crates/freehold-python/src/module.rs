//! The agent as Python sees it: a module with one function, `start`, that makes the functions to be called at exit
//! and around forks.
//!
//! The module is initialised in two phases (PEP 489), so creating it puts nothing into `sys.modules`, and
//! `sitecustomize.py` drops it as soon as it has called `start`. What stays are three C functions in the
//! interpreter's lists of handlers. The exit handler is registered before all others and so runs after them.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr;

use crate::agent::Agent;
use crate::api::{self, Api, Pointer};
use crate::host::Host;
use crate::layout::tuple;
use crate::object::{Gil, Obj};
use crate::{Error, text};

const METH_VARARGS: c_int = 1;
const METH_NOARGS: c_int = 4;

/// `PyMethodDef`.
#[repr(C)]
struct MethodDef {
    name: *const c_char,
    function: Option<unsafe extern "C-unwind" fn(Pointer, Pointer) -> Pointer>,
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
/// The functions that stay: at exit, before a fork, and after one in the parent.
static FUNCTIONS: [Shared<MethodDef>; 3] = [function(at_exit), function(before_fork), function(after_fork)];

const fn function(function: unsafe extern "C-unwind" fn(Pointer, Pointer) -> Pointer) -> Shared<MethodDef> {
    Shared(UnsafeCell::new(MethodDef {
        name: c"freehold".as_ptr(),
        function: Some(function),
        flags: METH_NOARGS,
        doc: ptr::null(),
    }))
}

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

/// `start(directory)`: attaches the agent; returns the three functions, in a tuple. An empty one says that this
/// process has its agent already: what is starting is a further interpreter within it, which is not watched.
unsafe extern "C-unwind" fn start(_: Pointer, arguments: Pointer) -> Pointer {
    // SAFETY: the interpreter calls with the GIL held and a tuple of arguments.
    unsafe {
        let gil = Gil::assume();
        let arguments = Obj::new(gil, arguments).ok_or(Error::python("pass an argument"));
        match arguments.and_then(|arguments| attach(gil, arguments)) {
            Ok(functions) => functions,
            Err(error) => api::raise(&error.to_string()),
        }
    }
}

fn attach(gil: Gil<'_>, arguments: Obj<'_>) -> Result<Pointer, Error> {
    if let Some(agent) = Agent::attached() {
        // SAFETY: the GIL is held.
        return Ok(unsafe { (agent.api().PyTuple_New)(0) });
    }
    let host = Host::recognise(gil)?;
    // SAFETY: `arguments` is a tuple; its size is checked first.
    let directory = unsafe {
        let only = arguments.ob_size() == 1;
        only.then(|| arguments.field(tuple::ITEMS)).flatten()
    };
    let directory = directory
        .and_then(|directory| text::whole(directory, &host.layout))
        .map(PathBuf::from);
    let directory = directory.ok_or(Error::python("pass an argument"))?;
    let (tuple, functions) = make_functions(&host.api)?;
    Agent::attach(host, directory, functions)?;
    Ok(tuple)
}

/// Makes the functions as objects, in a tuple; returns it and their addresses.
fn make_functions(api: &Api) -> Result<(Pointer, [usize; 3]), Error> {
    let failed = || Error::python("make the agent's functions");
    // SAFETY: the GIL is held; the definitions are static; the tuple takes over the reference to each function.
    unsafe {
        let tuple = (api.PyTuple_New)(FUNCTIONS.len() as isize);
        if tuple.is_null() {
            return Err(failed());
        }
        let mut addresses = [0; FUNCTIONS.len()];
        for (index, definition) in FUNCTIONS.iter().enumerate() {
            let function = (api.PyCFunction_NewEx)(definition.0.get().cast(), ptr::null_mut(), ptr::null_mut());
            if function.is_null() {
                (api.Py_DecRef)(tuple);
                return Err(failed());
            }
            (api.PyTuple_SetItem)(tuple, index as isize, function);
            addresses[index] = function as usize;
        }
        Ok((tuple, addresses))
    }
}

/// Before a fork: leaves the process with the program's own threads. Not by way of [`answer`]: taking the GIL again
/// may end the calling thread by unwinding it, which nothing here may catch.
unsafe extern "C-unwind" fn before_fork(_: Pointer, _: Pointer) -> Pointer {
    let Some(agent) = Agent::attached() else {
        return ptr::null_mut();
    };
    if agent.is_here() {
        agent.suspend();
    }
    none(agent.api())
}

/// After a fork, in the parent. Python counts the process's threads only after this, to warn of forks with several:
/// so the sampler goes on a moment later, unless another thread forked and there are several anyway.
unsafe extern "C-unwind" fn after_fork(_: Pointer, _: Pointer) -> Pointer {
    answer(|agent| {
        // SAFETY: asks for numbers; the GIL is held, and `resume_later` may be called on the main thread.
        let put_off = unsafe {
            libc::gettid() == libc::getpid() && (agent.api().Py_AddPendingCall)(resume_later, ptr::null_mut()) == 0
        };
        if !put_off {
            agent.resume();
        }
    })
}

unsafe extern "C" fn resume_later(_: Pointer) -> c_int {
    if let Some(agent) = Agent::attached().filter(|agent| agent.is_here()) {
        agent.resume();
    }
    0
}

/// Does `work` if this is the process that is watched, and returns `None` to the interpreter. A panic must not
/// unwind into it, nor change how the program goes on.
fn answer<R>(work: impl FnOnce(&'static Agent) -> R) -> Pointer {
    let Some(agent) = Agent::attached() else {
        return ptr::null_mut();
    };
    if agent.is_here() && catch_unwind(AssertUnwindSafe(|| work(agent))).is_err() {
        agent.tell_of_panic();
    }
    none(agent.api())
}

/// The exit handler. Does nothing in a forked child, which has no report of its own.
unsafe extern "C-unwind" fn at_exit(_: Pointer, _: Pointer) -> Pointer {
    answer(|agent| agent.tell(&agent.finish()))
}

/// A new reference to `None`.
fn none(api: &Api) -> Pointer {
    // SAFETY: `None` is a static object; the GIL is held by all callers.
    unsafe { (api.Py_IncRef)(api._Py_NoneStruct) };
    api._Py_NoneStruct
}
