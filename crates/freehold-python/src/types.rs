//! What the agent needs to know of a type, looked up once for each type and kept.
//!
//! A type's [`Kind`] selects how its instances are measured and labelled. Kinds follow from flag bits and
//! from the names of types made in C; a class written in Python has the kind of the nearest such ancestor.

use std::rc::Rc;

use foldhash::fast::FixedState;
use freehold_snapshot::{Builder, NameId, TypeFlags, TypeId};
use hashbrown::HashMap;

use crate::api::{Inquiry, TraverseProc};
use crate::layout::{Layout, flag, member, tp};
use crate::object::{Gil, Obj, Type};
use crate::{keys, lookup, text};

/// How instances of a type are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Array,
    Bytearray,
    Bytes,
    Cell,
    Code,
    Deque,
    Dict,
    Frame,
    Function,
    Generator,
    Int,
    List,
    LruCache,
    Module,
    Plain,
    Set,
    Str,
    Tuple,
    Type,
    Weakref,
}

/// A type, as the walk uses it.
pub(crate) struct TypeFacts {
    pub(crate) id: TypeId,
    pub(crate) kind: Kind,
    /// The type itself gave the kind; a derived class may hold more than the kind says.
    pub(crate) exact: bool,
    pub(crate) heap: bool,
    pub(crate) flags: usize,
    pub(crate) basicsize: usize,
    pub(crate) itemsize: usize,
    pub(crate) traverse: Option<TraverseProc>,
    is_gc: Option<Inquiry>,
    /// Names and offsets of the fields that hold references (`__slots__`, and fields of types made in C).
    pub(crate) members: Vec<(NameId, isize)>,
    /// Names of the attributes that instances keep in values of their own, by position.
    pub(crate) value_names: Vec<Option<NameId>>,
}

impl TypeFacts {
    /// Whether `object`, an instance of this type, is preceded by the collector's header.
    pub(crate) fn is_tracked(&self, object: Obj<'_>) -> bool {
        if self.flags & flag::HAVE_GC == 0 {
            return false;
        }
        // SAFETY: `tp_is_gc` takes an instance; CPython's and extensions' look at its flags alone.
        self.is_gc.is_none_or(|ask| unsafe { ask(object.as_ptr()) } != 0)
    }
}

/// The types met so far.
pub(crate) struct Types {
    known: HashMap<usize, Rc<TypeFacts>, FixedState>,
}

impl Types {
    pub(crate) fn new() -> Self {
        Self {
            known: HashMap::with_hasher(FixedState::default()),
        }
    }

    /// The facts of `ty`.
    pub(crate) fn facts(
        &mut self,
        gil: Gil<'_>,
        ty: Type<'_>,
        layout: &Layout,
        builder: &mut Builder,
    ) -> Rc<TypeFacts> {
        let facts = self
            .known
            .entry(ty.address())
            .or_insert_with(|| Rc::new(examine(gil, ty, layout, builder)));
        Rc::clone(facts)
    }
}

fn examine(gil: Gil<'_>, ty: Type<'_>, layout: &Layout, builder: &mut Builder) -> TypeFacts {
    let (kind, exact) = kind(ty);
    let name = name(ty, layout);
    TypeFacts {
        id: builder.type_id(&name, type_flags(ty, kind, &name)),
        kind,
        exact,
        heap: ty.is_heap(),
        flags: ty.flags(),
        basicsize: ty.basicsize(),
        itemsize: ty.itemsize(),
        traverse: ty.traverse(),
        is_gc: ty.is_gc(),
        members: members(ty, builder),
        value_names: value_names(gil, ty, layout, builder),
    }
}

/// The kind of a type's instances, and whether the type itself, not an ancestor, gave it.
pub(crate) fn kind(ty: Type<'_>) -> (Kind, bool) {
    for (depth, ancestor) in ty.lineage().enumerate() {
        if let Some(kind) = own_kind(ancestor) {
            return (kind, depth == 0);
        }
    }
    (Kind::Plain, true)
}

fn own_kind(ty: Type<'_>) -> Option<Kind> {
    let name = ty.name().to_bytes();
    // A class written in Python may have any plain name; only C gives static types and dotted names.
    if ty.is_heap() && !name.contains(&b'.') {
        return None;
    }
    Some(match name {
        b"dict" => Kind::Dict,
        b"list" => Kind::List,
        b"tuple" => Kind::Tuple,
        b"set" | b"frozenset" => Kind::Set,
        b"str" => Kind::Str,
        b"bytes" => Kind::Bytes,
        b"bytearray" => Kind::Bytearray,
        b"int" => Kind::Int,
        b"type" => Kind::Type,
        b"module" => Kind::Module,
        b"function" => Kind::Function,
        b"cell" => Kind::Cell,
        b"code" => Kind::Code,
        b"frame" => Kind::Frame,
        b"generator" | b"coroutine" | b"async_generator" => Kind::Generator,
        b"collections.deque" => Kind::Deque,
        b"array.array" => Kind::Array,
        b"weakref" | b"weakref.ReferenceType" => Kind::Weakref,
        b"functools._lru_cache_wrapper" => Kind::LruCache,
        _ => return None,
    })
}

/// `module.Qualname`, the module left out for builtins.
pub(crate) fn name(ty: Type<'_>, layout: &Layout) -> String {
    let plain = ty.name().to_string_lossy();
    if !ty.is_heap() {
        return plain.strip_prefix("builtins.").unwrap_or(&plain).to_owned();
    }
    // SAFETY: a heap type has its qualified name there.
    let qualified = unsafe { ty.object().field(layout.heap_type_names[2]) }
        .and_then(|name| text::name(name, layout))
        .unwrap_or_else(|| plain.rsplit('.').next().unwrap_or_default().to_owned());
    match module(ty, layout) {
        Some(module) if module != "builtins" => format!("{module}.{qualified}"),
        _ => qualified,
    }
}

/// `__module__` as the type's own dictionary has it.
fn module(ty: Type<'_>, layout: &Layout) -> Option<String> {
    // SAFETY: a heap type has its dictionary there, or null.
    let dictionary = unsafe { ty.object().field(tp::DICT) }?;
    text::name(lookup::value(dictionary, "__module__", layout)?, layout)
}

/// Modules of the standard library whose types are plumbing: what a report looks through.
const PLUMBING: [&str; 9] = [
    "_collections_abc",
    "_contextvars",
    "_thread",
    "_weakref",
    "collections",
    "functools",
    "itertools",
    "types",
    "weakref",
];

fn type_flags(ty: Type<'_>, kind: Kind, name: &str) -> TypeFlags {
    let mut flags = TypeFlags::NONE;
    let module = name.rsplit_once('.').map(|(module, _)| module);
    if module.map_or(!ty.is_heap(), |module| PLUMBING.contains(&module)) {
        flags |= TypeFlags::BUILTIN;
    }
    if matches!(kind, Kind::Dict | Kind::List | Kind::Set | Kind::Deque | Kind::Tuple) {
        flags |= TypeFlags::CONTAINER;
    }
    flags
}

/// The fields of `ty` and its ancestors that hold references.
fn members(ty: Type<'_>, builder: &mut Builder) -> Vec<(NameId, isize)> {
    let mut found = Vec::new();
    for ancestor in ty.lineage() {
        let mut entry = ancestor.members();
        while entry != 0 {
            // SAFETY: `tp_members` is an array of `PyMemberDef` that ends with a null name.
            let (name, kind, offset) = unsafe {
                (
                    (entry as *const *const std::ffi::c_char).read(),
                    ((entry + member::TYPE) as *const i32).read(),
                    ((entry + member::OFFSET) as *const isize).read(),
                )
            };
            if name.is_null() {
                break;
            }
            if member::OBJECT_TYPES.contains(&kind) && offset > 0 {
                // SAFETY: a member's name is a C string that lives as long as the type.
                let name = unsafe { std::ffi::CStr::from_ptr(name) }.to_string_lossy();
                found.push((builder.name(&name), offset));
            }
            entry += member::SIZE;
        }
    }
    found
}

/// Names of the shared attributes of a class, in the order in which instances store the values.
fn value_names(gil: Gil<'_>, ty: Type<'_>, layout: &Layout, builder: &mut Builder) -> Vec<Option<NameId>> {
    keys::shared(gil, ty, layout)
        .into_iter()
        .map(|key| {
            key.and_then(|key| text::name(key, layout))
                .map(|name| builder.name(&name))
        })
        .collect()
}
