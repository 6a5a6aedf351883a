//! A heap written down in any order: objects first, references when their turn comes.

use freehold_snapshot::{Builder, Label, Meta, NameId, Object, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags};

/// Collects a heap and hands it to the builder in the builder's order.
pub struct Graph {
    builder: Builder,
    objects: u32,
    references: Vec<(ObjectId, ObjectId, Label)>,
}

impl Graph {
    /// An empty heap.
    pub fn new(meta: Meta) -> Graph {
        Graph {
            builder: Builder::new(meta),
            objects: 0,
            references: Vec::new(),
        }
    }

    /// An object of one of the program's own types.
    pub fn own(&mut self, type_name: &str, size: u64) -> ObjectId {
        self.object(type_name, TypeFlags::NONE, size, ObjectFlags::NONE)
    }

    /// An object of one of the runtime's types.
    pub fn builtin(&mut self, type_name: &str, size: u64) -> ObjectId {
        self.object(type_name, TypeFlags::BUILTIN, size, ObjectFlags::NONE)
    }

    /// An object with every detail given.
    pub fn object(&mut self, type_name: &str, type_flags: TypeFlags, size: u64, flags: ObjectFlags) -> ObjectId {
        let type_id = self.builder.type_id(type_name, type_flags);
        let address = 0x7f00_0000_0000 + 16 * u64::from(self.objects);
        self.objects += 1;
        let object = Object {
            address,
            type_id,
            size,
            count: 1,
            flags,
        };
        self.builder.object(object).unwrap()
    }

    /// A name.
    pub fn name(&mut self, name: &str) -> NameId {
        self.builder.name(name)
    }

    /// `from` holds `to`.
    pub fn hold(&mut self, from: ObjectId, to: ObjectId, label: Label) {
        self.references.push((from, to, label));
    }

    /// `from.name` is `to`.
    pub fn attribute(&mut self, from: ObjectId, name: &str, to: ObjectId) {
        let name = self.name(name);
        self.hold(from, to, Label::Attribute(name));
    }

    /// `from['name']` is `to`.
    pub fn item(&mut self, from: ObjectId, name: &str, to: ObjectId) {
        let name = self.name(name);
        self.hold(from, to, Label::Item(name));
    }

    /// An attribute table for `owner`.
    pub fn namespace(&mut self, owner: ObjectId, size: u64) -> ObjectId {
        let table = self.builtin("dict", size);
        self.hold(owner, table, Label::Namespace);
        table
    }

    /// A loaded module; returns its attribute table.
    pub fn module(&mut self, name: &str) -> (ObjectId, ObjectId) {
        let module = self.builtin("module", 72);
        let name = self.name(name);
        self.builder.root(module, RootKind::Module, name).unwrap();
        (module, self.namespace(module, 2272))
    }

    /// Something outside holds `object`.
    pub fn root(&mut self, object: ObjectId, kind: RootKind, name: &str) {
        let name = self.name(name);
        self.builder.root(object, kind, name).unwrap();
    }

    /// The lengths that a container had at 0.1, 0.3, 0.7, 1.5 and 3.1 seconds.
    pub fn lengths(&mut self, container: ObjectId, lengths: [u64; 5]) {
        for (at, length) in [0.1, 0.3, 0.7, 1.5, 3.1].into_iter().zip(lengths) {
            self.builder.length(container, at, length).unwrap();
        }
    }

    /// The snapshot.
    pub fn finish(mut self) -> Snapshot {
        self.references.sort_by_key(|(from, ..)| *from);
        for (from, to, label) in self.references {
            self.builder.reference(from, to, label).unwrap();
        }
        self.builder.finish().unwrap()
    }
}
