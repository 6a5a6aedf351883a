//! The lengths of containers, read from memory.
//!
//! Dictionaries, lists, sets, deques and classes derived from them have their length in a field. The collector's
//! lists lead to all of them but the dictionaries that hold only strings, numbers and the like, which it does not
//! track; of those the ones that are variables of a module are found by way of the module.
//!
//! Cost: a few nanoseconds for each object that the collector tracks and each variable of a module.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::history::LEAST;
use crate::host::Host;
use crate::layout::{self, GC_HEAD, OB_SIZE};
use crate::object::{Gil, Obj, Type};
use crate::types::{self, Kind};
use crate::{keys, lookup};

/// Address, type and length of each container that is long enough.
pub(crate) fn all(host: &Host, gil: Gil<'_>) -> Vec<(usize, usize, u64)> {
    let mut offsets: HashMap<usize, Option<isize>, FixedState> = HashMap::default();
    let mut found = Vec::new();
    let mut note = |object: Obj<'_>| {
        let ty = object.ty();
        let Some(offset) = *offsets.entry(ty.address()).or_insert_with(|| offset(ty)) else {
            return;
        };
        // SAFETY: containers of this kind have their length there.
        let length: usize = unsafe { object.read(offset) };
        if length >= LEAST {
            found.push((object.address(), ty.address(), length as u64));
        }
    };
    host.collector.each(gil, |object, _| note(object));
    for object in variables(host, gil).filter(|object| is_untracked_dict(*object)) {
        note(object);
    }
    found
}

/// The length of `object`, if it is a container whose growth is followed.
pub(crate) fn of(object: Obj<'_>) -> Option<u64> {
    let offset = offset(object.ty())?;
    // SAFETY: containers of this kind have their length there.
    Some(unsafe { object.read::<usize>(offset) } as u64)
}

/// Where instances of `ty` keep their length, if they are containers whose growth is followed.
fn offset(ty: Type<'_>) -> Option<isize> {
    match types::kind(ty).0 {
        Kind::Dict | Kind::List | Kind::Deque => Some(OB_SIZE),
        Kind::Set => Some(layout::set::USED),
        _ => None,
    }
}

/// The variables of all modules.
fn variables<'gil>(host: &Host, gil: Gil<'gil>) -> impl Iterator<Item = Obj<'gil>> {
    let modules = lookup::modules(gil, host)
        .into_iter()
        .flat_map(|modules| keys::entries(modules, &host.layout));
    let namespaces = modules
        .filter(|(_, module)| types::kind(module.ty()) == (Kind::Module, true))
        .filter_map(
            // SAFETY: a module has its dictionary there.
            |(_, module)| unsafe { module.field(layout::module::DICT) },
        );
    namespaces
        .flat_map(|namespace| keys::entries(namespace, &host.layout))
        .map(|(_, value)| value)
}

/// Whether `object` is a `dict` that the collector does not track: its header links to nothing.
fn is_untracked_dict(object: Obj<'_>) -> bool {
    // SAFETY: a `dict` is preceded by the collector's header, whose first word is the link.
    object.ty().has(layout::flag::DICT) && unsafe { object.read::<usize>(-(GC_HEAD as isize)) } == 0
}
