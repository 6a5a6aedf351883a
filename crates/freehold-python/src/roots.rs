//! What keeps objects alive by name: modules, executing functions, threads, and the interpreter itself.

use std::collections::HashSet;

use freehold_snapshot::{ObjectId, RootKind};

use crate::host::Host;
use crate::object::{Gil, Obj, Type};
use crate::threads::{self, Thread};
use crate::walk::Walk;
use crate::{keys, lookup, text};

/// A root to be recorded once all objects are.
pub(crate) struct Named {
    pub(crate) object: ObjectId,
    pub(crate) kind: RootKind,
    pub(crate) name: String,
}

/// What the interpreter's own roots are called.
pub(crate) const INTERPRETER: &str = "interpreter";

/// Enqueues everything that is held by name; `__main__` comes first, so that paths prefer it.
pub(crate) fn enqueue<'gil>(walk: &mut Walk<'_, 'gil>, types: &[Type<'gil>]) -> Vec<Named> {
    let mut found = Roots {
        walk,
        named: Vec::new(),
    };
    found.modules();
    for thread in threads::all(found.walk.gil, found.walk.host) {
        found.thread(thread);
    }
    for ty in types.iter().filter(|ty| !ty.is_heap()) {
        found.add(ty.object(), RootKind::System, INTERPRETER.to_owned());
    }
    found.named
}

struct Roots<'r, 'a, 'gil> {
    walk: &'r mut Walk<'a, 'gil>,
    named: Vec<Named>,
}

impl<'gil> Roots<'_, '_, 'gil> {
    fn add(&mut self, object: Obj<'gil>, kind: RootKind, name: String) {
        if let Some(object) = self.walk.enqueue(object) {
            self.named.push(Named { object, kind, name });
        }
    }

    fn modules(&mut self) {
        let host = self.walk.host;
        let Some(modules) = lookup::modules(self.walk.gil, host) else {
            return;
        };
        let mut entries: Vec<(String, Obj<'gil>)> = keys::entries(modules, &host.layout)
            .map(|(key, module)| (text::name(key, &host.layout).unwrap_or_default(), module))
            .collect();
        entries.sort_by_key(|(name, _)| name != "__main__");
        for (name, module) in entries {
            self.add(module, RootKind::Module, name);
        }
        self.add(modules, RootKind::System, INTERPRETER.to_owned());
    }

    fn thread(&mut self, thread: Thread<'gil>) {
        for frame in thread.frames {
            let name = format!("{}, thread {}", frame.describe(self.walk.host), thread.name);
            match frame.object() {
                Some(object) => self.add(object, RootKind::Frame, name),
                None => {
                    let object = self.walk.enqueue_frame(frame);
                    self.named.extend(object.map(|object| Named {
                        object,
                        kind: RootKind::Frame,
                        name,
                    }));
                }
            }
        }
        if let Some(storage) = thread.storage {
            self.add(storage, RootKind::Thread, format!("thread {}", thread.name));
        }
    }
}

/// All classes: `object` and, by `type.__subclasses__`, everything derived from it.
///
/// Makes and drops lists, so it must come before the walk; `type`'s own method runs no user code.
pub(crate) fn classes<'gil>(gil: Gil<'gil>, host: &Host) -> Vec<Type<'gil>> {
    let api = &host.api;
    // SAFETY: the GIL is held; `type` has that attribute.
    let subclasses = unsafe { (api.PyObject_GetAttrString)(api.PyType_Type, c"__subclasses__".as_ptr()) };
    // SAFETY: `object` is a type, and static.
    let object = unsafe { Obj::new(gil, api.PyBaseObject_Type).map(|object| Type::from_object(object)) };
    let mut found: Vec<Type<'gil>> = object.into_iter().collect();
    let mut known: HashSet<usize> = found.iter().map(|ty| ty.address()).collect();
    let mut next = 0;
    while !subclasses.is_null() && next < found.len() {
        // SAFETY: calls a method of `type` with a type; the list that it returns is ours to release, and its
        // items are classes that stay alive, as nothing that could drop them runs before the walk has ended.
        unsafe {
            let list = api.call(subclasses, found[next].object().as_ptr());
            if let Some(list) = Obj::new(gil, list) {
                for index in 0..list.ob_size() {
                    let first: usize = list.read(crate::layout::list::ITEMS);
                    let item = ((first + index as usize * 8) as *const usize).read();
                    if known.insert(item) {
                        found.push(Type::from_object(Obj::at(gil, item)));
                    }
                }
                (api.Py_DecRef)(list.as_ptr());
            } else {
                (api.PyErr_Clear)();
            }
        }
        next += 1;
    }
    // SAFETY: the reference was ours, and may be null.
    unsafe { (api.Py_DecRef)(subclasses) };
    found
}
