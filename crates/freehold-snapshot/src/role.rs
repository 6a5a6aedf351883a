//! Which objects are the program itself rather than its data.
//!
//! Modules, classes and their attribute tables hold everything that a program ever defined: they are large,
//! and they are no finding. One pass over the references tells them apart by how they are held.

use crate::graph::NONE;
use crate::label::Label;
use crate::snapshot::{Edges, Snapshot};
use crate::{RootKind, TypeId};

/// Types whose instances are code, or stand for it.
const CODE: [&str; 14] = [
    "function",
    "code",
    "module",
    "type",
    "builtin_function_or_method",
    "method_descriptor",
    "classmethod_descriptor",
    "wrapper_descriptor",
    "getset_descriptor",
    "member_descriptor",
    "property",
    "classmethod",
    "staticmethod",
    "module_def",
];

/// A registry of modules (`sys.modules`) has at least this many entries, most of them modules.
const LEAST_MODULES: u32 = 4;

/// The roles of objects that other analyses step over.
#[derive(Debug)]
pub(crate) struct Roles {
    scaffold: Vec<bool>,
    /// Whose attribute table an object is, else [`NONE`].
    owner: Vec<u32>,
    /// By type.
    code: Vec<bool>,
}

impl Roles {
    /// O(objects + references).
    pub(crate) fn of(snapshot: &Snapshot) -> Roles {
        let code = snapshot.types.names.iter();
        let mut roles = Roles {
            scaffold: vec![false; snapshot.objects.len()],
            owner: owners(&snapshot.edges),
            code: code.map(|name| CODE.contains(&name)).collect(),
        };
        roles.mark_modules(snapshot);
        roles.mark_types(snapshot);
        roles.mark_registries(snapshot);
        roles.mark_their_tables();
        roles
    }

    /// Whether the object is a module, a class, the attribute table of one, or the registry of modules.
    pub(crate) fn is_scaffold(&self, object: u32) -> bool {
        self.scaffold[object as usize]
    }

    /// Whether instances of the type are code or descriptions of code.
    pub(crate) fn is_code(&self, type_id: TypeId) -> bool {
        self.code.get(type_id.index()).copied().unwrap_or(false)
    }

    /// The object whose attribute table `object` is.
    pub(crate) fn owner(&self, object: u32) -> Option<u32> {
        let owner = self.owner[object as usize];
        (owner != NONE).then_some(owner)
    }

    fn mark_modules(&mut self, snapshot: &Snapshot) {
        for (object, type_id) in snapshot.objects.type_id.iter().enumerate() {
            if snapshot.type_name(TypeId(*type_id)) == "module" {
                self.scaffold[object] = true;
            }
        }
        for root in &snapshot.roots {
            if root.kind == RootKind::Module {
                self.scaffold[root.object.index()] = true;
            }
        }
    }

    /// What has instances is a class; and so is every instance of a class's own class.
    fn mark_types(&mut self, snapshot: &Snapshot) {
        let edges = &snapshot.edges;
        let names = snapshot.types.names.iter();
        let mut metaclass: Vec<bool> = names.map(|name| name == "type").collect();
        for (position, to) in edges.targets.iter().enumerate() {
            if edges.label(position) == Label::Type {
                self.scaffold[*to as usize] = true;
                metaclass[snapshot.objects.type_id[*to as usize] as usize] = true;
            }
        }
        for (object, type_id) in snapshot.objects.type_id.iter().enumerate() {
            if metaclass[*type_id as usize] {
                self.scaffold[object] = true;
            }
        }
    }

    fn mark_registries(&mut self, snapshot: &Snapshot) {
        let edges = &snapshot.edges;
        let is_module = |object: u32| {
            let type_id = TypeId(snapshot.objects.type_id[object as usize]);
            snapshot.type_name(type_id) == "module"
        };
        for object in 0..snapshot.objects.len() as u32 {
            let (mut entries, mut modules) = (0, 0);
            for position in edges.range(object) {
                if matches!(edges.label(position), Label::Item(_)) {
                    entries += 1;
                    modules += u32::from(is_module(edges.targets[position]));
                }
            }
            if modules >= LEAST_MODULES && modules * 2 > entries {
                self.scaffold[object as usize] = true;
            }
        }
    }

    fn mark_their_tables(&mut self) {
        for object in 0..self.owner.len() {
            let owner = self.owner[object];
            if owner != NONE && self.scaffold[owner as usize] {
                self.scaffold[object] = true;
            }
        }
    }
}

fn owners(edges: &Edges) -> Vec<u32> {
    let count = edges.starts.len() - 1;
    let mut owners = vec![NONE; count];
    for object in 0..count as u32 {
        for position in edges.range(object) {
            if edges.label(position) == Label::Namespace {
                owners[edges.targets[position] as usize] = object;
            }
        }
    }
    owners
}
