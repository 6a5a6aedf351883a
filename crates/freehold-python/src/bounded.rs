//! Containers that cannot grow without end: `deque(maxlen=…)`, and the table of an `lru_cache(maxsize=…)`.

use freehold_snapshot::ObjectFlags;

use crate::edges;
use crate::host::Host;
use crate::layout::{cell, deque, flag, tuple};
use crate::lookup;
use crate::object::{Gil, Obj};
use crate::types::{self, Kind};
use crate::walk::Walk;

/// Whether a deque has a maximum length.
pub(crate) fn is_bounded_deque(object: Obj<'_>) -> bool {
    // SAFETY: the caller passes a deque, which has its maximum there, -1 for none.
    unsafe { object.read::<isize>(deque::MAXLEN) >= 0 }
}

/// Marks `cache`, the wrapper that `functools.lru_cache` makes, and its table, if it has a maximum size.
pub(crate) fn mark_cache<'gil>(walk: &mut Walk<'_, 'gil>, cache: Obj<'gil>) {
    if !is_limited(walk.gil, cache, walk.host) {
        return;
    }
    walk.mark(cache, ObjectFlags::BOUNDED);
    for table in dictionaries(walk.gil, cache) {
        walk.mark(table, ObjectFlags::BOUNDED);
    }
}

/// `cache.cache_parameters` is a function that captured `maxsize`: an `int`, or `None` for no limit.
fn is_limited(gil: Gil<'_>, cache: Obj<'_>, host: &Host) -> bool {
    let Some(parameters) = lookup::attribute(gil, cache, "cache_parameters", host) else {
        return false;
    };
    if types::kind(parameters.ty()).0 != Kind::Function {
        return false;
    }
    // SAFETY: a function has its closure there; a closure is a tuple of cells; free variables are in
    // alphabetical order, so `maxsize` comes before `typed`.
    unsafe {
        let closure = parameters
            .field(host.layout.function_closure)
            .filter(|closure| closure.ob_size() > 0);
        let captured = closure
            .and_then(|closure| closure.field(tuple::ITEMS))
            .and_then(|first| first.field(cell::CONTENTS));
        captured.is_some_and(|captured| captured.ty().has(flag::LONG))
    }
}

/// The dictionaries that `object` holds, its `__dict__` among them.
fn dictionaries<'gil>(gil: Gil<'gil>, object: Obj<'gil>) -> Vec<Obj<'gil>> {
    let mut held = Vec::new();
    edges::visit(object, object.ty().traverse(), &mut held);
    // SAFETY: what a live object holds is alive.
    held.into_iter()
        .map(|address| unsafe { Obj::at(gil, address) })
        .filter(|held| held.ty().has(flag::DICT))
        .collect()
}
