//! Attributes and items by name, read from memory: what `getattr` finds without running any code.

use crate::edges::instance;
use crate::host::Host;
use crate::keys;
use crate::layout::{self, Layout, flag};
use crate::object::{Gil, Obj};
use crate::text;
use crate::types::{self, Kind};

/// The value under the string `key` of `dictionary`. O(entries).
pub(crate) fn value<'gil>(dictionary: Obj<'gil>, key: &str, layout: &Layout) -> Option<Obj<'gil>> {
    keys::entries(dictionary, layout)
        .find(|(found, _)| text::name(*found, layout).as_deref() == Some(key))
        .map(|(_, value)| value)
}

/// The module `name` of `sys.modules`.
pub(crate) fn module<'gil>(gil: Gil<'gil>, host: &Host, name: &str) -> Option<Obj<'gil>> {
    value(modules(gil, host)?, name, &host.layout)
}

/// `sys.modules`.
pub(crate) fn modules<'gil>(gil: Gil<'gil>, host: &Host) -> Option<Obj<'gil>> {
    // SAFETY: the GIL is held; the dictionary of modules lives as long as the interpreter.
    let modules = unsafe { Obj::new(gil, (host.api.PyImport_GetModuleDict)()) };
    modules.filter(|modules| modules.ty().has(flag::DICT))
}

/// The attribute `name` that `object`, an instance or a module, has itself.
pub(crate) fn attribute<'gil>(gil: Gil<'gil>, object: Obj<'gil>, name: &str, host: &Host) -> Option<Obj<'gil>> {
    let layout = &host.layout;
    let dictionary = match types::kind(object.ty()).0 {
        // SAFETY: a module has its dictionary there.
        Kind::Module => unsafe { object.field(layout::module::DICT) },
        _ => instance::dictionary(object, layout),
    };
    if let Some(found) = dictionary.and_then(|dictionary| value(dictionary, name, layout)) {
        return Some(found);
    }
    let first = instance::values(object, layout)?;
    let position = keys::shared(gil, object.ty(), layout)
        .iter()
        .position(|key| key.and_then(|key| text::name(key, layout)).as_deref() == Some(name))?;
    let offset = first.wrapping_sub(object.address()) as isize + position as isize * 8;
    // SAFETY: there is a value, possibly null, for each name that the class shares.
    unsafe { object.field(offset) }
}
