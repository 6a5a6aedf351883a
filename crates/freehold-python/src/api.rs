//! The functions of the Python C API that the agent calls, looked up in the process at run time.
//!
//! The agent links against no Python, so one library serves every version and both static and shared builds.
//! All names here are exported by CPython 3.9 to 3.13; the few that are not common to all are optional.

use std::ffi::{CStr, CString, c_char, c_int, c_ulong, c_void};

use crate::Error;

/// A `PyObject *`, `PyThreadState *` or other pointer of the interpreter's.
pub(crate) type Pointer = *mut c_void;

/// `visitproc`: called by `tp_traverse` for each object held.
pub(crate) type VisitProc = unsafe extern "C" fn(Pointer, Pointer) -> c_int;
/// `traverseproc`: the type's `tp_traverse`.
pub(crate) type TraverseProc = unsafe extern "C" fn(Pointer, VisitProc, Pointer) -> c_int;
/// `inquiry`: the type's `tp_is_gc`.
pub(crate) type Inquiry = unsafe extern "C" fn(Pointer) -> c_int;

/// What `Py_AddPendingCall` calls later.
pub(crate) type PendingCall = unsafe extern "C" fn(Pointer) -> c_int;

macro_rules! api {
    ($(fn $name:ident($($argument:ty),*) $(-> $result:ty)?;)* optional { $(fn $maybe:ident($($parameter:ty),*) -> $answer:ty;)* } static { $($data:ident;)* }) => {
        /// The interpreter's functions and static objects. Functions may unwind: CPython ends threads that ask for
        /// the GIL of an interpreter which is being taken down so.
        #[allow(non_snake_case, reason = "named as in the C API")]
        pub(crate) struct Api {
            $(pub(crate) $name: unsafe extern "C-unwind" fn($($argument),*) $(-> $result)?,)*
            $(pub(crate) $maybe: Option<unsafe extern "C-unwind" fn($($parameter),*) -> $answer>,)*
            $(pub(crate) $data: Pointer,)*
        }

        impl Api {
            /// Looks every name up in the current process.
            pub(crate) fn resolve() -> Result<Self, Error> {
                Ok(Self {
                    $($name: {
                        let symbol = symbol(concat!(stringify!($name), "\0"))
                            .ok_or(Error::symbol(stringify!($name)))?;
                        // SAFETY: the symbol of this name is a C function of this signature in all
                        // supported versions.
                        unsafe { std::mem::transmute::<Pointer, unsafe extern "C-unwind" fn($($argument),*) $(-> $result)?>(symbol) }
                    },)*
                    $($maybe: symbol(concat!(stringify!($maybe), "\0")).map(|symbol| {
                        // SAFETY: where it exists, it is a C function of this signature.
                        unsafe { std::mem::transmute::<Pointer, unsafe extern "C-unwind" fn($($parameter),*) -> $answer>(symbol) }
                    }),)*
                    $($data: symbol(concat!(stringify!($data), "\0"))
                        .ok_or(Error::symbol(stringify!($data)))?,)*
                })
            }
        }
    };
}

api! {
    fn Py_GetVersion() -> *const c_char;
    fn Py_AddPendingCall(PendingCall, Pointer) -> c_int;
    fn Py_DecRef(Pointer);
    fn Py_IncRef(Pointer);
    fn PyCFunction_NewEx(Pointer, Pointer, Pointer) -> Pointer;
    fn PyCode_Addr2Line(Pointer, c_int) -> c_int;
    fn PyErr_Clear();
    fn PyEval_RestoreThread(Pointer);
    fn PyEval_SaveThread() -> Pointer;
    fn PyGILState_Ensure() -> c_int;
    fn PyGILState_Release(c_int);
    fn PyImport_GetModuleDict() -> Pointer;
    fn PyInterpreterState_Get() -> Pointer;
    fn PyInterpreterState_ThreadHead(Pointer) -> Pointer;
    fn PyList_New(isize) -> Pointer;
    fn PyLong_AsUnsignedLong(Pointer) -> c_ulong;
    fn PyModuleDef_Init(Pointer) -> Pointer;
    fn PyObject_CallObject(Pointer, Pointer) -> Pointer;
    fn PyObject_GetAttrString(Pointer, *const c_char) -> Pointer;
    fn PyThreadState_Next(Pointer) -> Pointer;
    fn PyTuple_New(isize) -> Pointer;
    fn PyTuple_SetItem(Pointer, isize, Pointer) -> c_int;
    optional {
        fn PyType_GetDict(Pointer) -> Pointer;
        fn _Py_IsFinalizing() -> c_int;
        fn Py_IsFinalizing() -> c_int;
    }
    static {
        _Py_NoneStruct;
        PyBaseObject_Type;
        PyType_Type;
    }
}

impl Api {
    /// The interpreter's version: major and minor number, and the full text such as `3.12.1`.
    pub(crate) fn version(&self) -> (u32, u32, String) {
        // SAFETY: `Py_GetVersion` may be called at any time and returns a static C string.
        let text = unsafe { CStr::from_ptr((self.Py_GetVersion)()) }.to_string_lossy();
        let version = text.split(' ').next().unwrap_or_default().to_owned();
        let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
        let major = numbers.next().unwrap_or(0);
        (major, numbers.next().unwrap_or(0), version)
    }

    /// Calls `function` with one argument; returns a new reference, or null with an exception set.
    ///
    /// # Safety
    /// The GIL is held and both are live objects.
    pub(crate) unsafe fn call(&self, function: Pointer, argument: Pointer) -> Pointer {
        // SAFETY: by the caller's promise; the tuple takes over the reference made for it and is released here.
        unsafe {
            let arguments = (self.PyTuple_New)(1);
            if arguments.is_null() {
                return arguments;
            }
            (self.Py_IncRef)(argument);
            (self.PyTuple_SetItem)(arguments, 0, argument);
            let result = (self.PyObject_CallObject)(function, arguments);
            (self.Py_DecRef)(arguments);
            result
        }
    }

    /// Whether the interpreter has begun to take itself down.
    pub(crate) fn is_finalizing(&self) -> bool {
        let ask = self.Py_IsFinalizing.or(self._Py_IsFinalizing);
        // SAFETY: either function may be called from any thread at any time.
        ask.is_some_and(|ask| unsafe { ask() } != 0)
    }
}

/// Raises `ImportError` with `message`, also where [`Api::resolve`] has failed; returns null, which says so.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn raise(message: &str) -> Pointer {
    let message = CString::new(message).unwrap_or_default();
    if let (Some(set), Some(class)) = (symbol("PyErr_SetString\0"), symbol("PyExc_ImportError\0")) {
        // SAFETY: the first is that function; the second is a variable that holds the exception's class.
        unsafe {
            let set = std::mem::transmute::<Pointer, unsafe extern "C" fn(Pointer, *const c_char)>(set);
            set(class.cast::<Pointer>().read(), message.as_ptr());
        }
    }
    std::ptr::null_mut()
}

// SAFETY: functions of the process and addresses of static objects, the same for every thread.
unsafe impl Send for Api {}
// SAFETY: as above; what a function demands of its caller is said where it is called.
unsafe impl Sync for Api {}

fn symbol(name: &'static str) -> Option<Pointer> {
    // SAFETY: every caller passes a name that `concat!` ended with a NUL byte.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr().cast()) };
    (!address.is_null()).then_some(address)
}
