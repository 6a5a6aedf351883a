//! The interpreter's threads: names, executing frames, thread-local storage.

use crate::frames::{self, Frame};
use crate::host::Host;
use crate::layout::flag;
use crate::object::{Gil, Obj};
use crate::{keys, lookup, text};

/// One thread.
pub(crate) struct Thread<'gil> {
    /// `Thread-1`, or its number where `threading` does not know it.
    pub(crate) name: String,
    pub(crate) frames: Vec<Frame<'gil>>,
    /// What `threading.local` and extensions store for the thread.
    pub(crate) storage: Option<Obj<'gil>>,
}

/// All threads of the interpreter, newest first.
pub(crate) fn all<'gil>(gil: Gil<'gil>, host: &Host) -> Vec<Thread<'gil>> {
    let names = names(gil, host);
    let mut found = Vec::new();
    // SAFETY: the GIL is held.
    let mut state = unsafe { (host.api.PyInterpreterState_ThreadHead)((host.api.PyInterpreterState_Get)()) };
    while !state.is_null() {
        // SAFETY: a thread state is no object, but its fields are read in the same way, by layout.
        let memory = unsafe { Obj::at(gil, state as usize) };
        found.push(thread(gil, host, memory, &names));
        // SAFETY: the list of states cannot change while the GIL is held.
        state = unsafe { (host.api.PyThreadState_Next)(state) };
    }
    found
}

fn thread<'gil>(gil: Gil<'gil>, host: &Host, state: Obj<'gil>, names: &[(u64, String)]) -> Thread<'gil> {
    let at = &host.layout.thread;
    // SAFETY: the fields of a thread state are where the layout has them; its cframe is set while it lives.
    let (id, newest, storage) = unsafe {
        let holder = at.cframe.map_or(Some(state), |offset| state.field(offset));
        let newest: usize = holder.map_or(0, |holder| holder.read(at.frame));
        (state.read::<u64>(at.id), newest, state.field(at.dict))
    };
    let known = names.iter().find(|(known, _)| *known == id);
    Thread {
        name: known.map_or_else(|| id.to_string(), |(_, name)| name.clone()),
        frames: frames::stack(gil, host, newest),
        storage,
    }
}

/// Names of the threads that `threading` knows, by identifier: from `threading._active`, read without running
/// any of its code.
fn names(gil: Gil<'_>, host: &Host) -> Vec<(u64, String)> {
    let active =
        lookup::module(gil, host, "threading").and_then(|module| lookup::attribute(gil, module, "_active", host));
    let Some(active) = active.filter(|active| active.ty().has(flag::DICT)) else {
        return Vec::new();
    };
    keys::entries(active, &host.layout)
        .filter(|(id, _)| id.ty().has(flag::LONG))
        .filter_map(|(id, thread)| {
            // SAFETY: reads the value of an `int`, or sets an error that is cleared next.
            let id = unsafe {
                let id = (host.api.PyLong_AsUnsignedLong)(id.as_ptr());
                (host.api.PyErr_Clear)();
                id
            };
            let name = lookup::attribute(gil, thread, "_name", host)?;
            Some((id, text::name(name, &host.layout)?))
        })
        .collect()
}
