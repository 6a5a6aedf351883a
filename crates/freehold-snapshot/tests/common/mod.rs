//! Snapshots that several tests share.

use std::collections::BTreeMap;

use freehold_snapshot::{Builder, Host, Label, Meta, Object, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags};

/// A process that never was.
pub fn meta() -> Meta {
    Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid: 4711,
        program: "app.py".into(),
        time: 1_700_000_000.25,
        uptime: 12.5,
        notes: BTreeMap::from([("gc.enabled".into(), "true".into())]),
    }
}

/// An arbitrary graph: what each object weighs, who holds whom, which objects are roots.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Shallow sizes; their number is the number of objects.
    pub sizes: Vec<u64>,
    /// Pairs of holder and held.
    pub edges: Vec<(u32, u32)>,
    /// Objects with a root.
    pub roots: Vec<u32>,
}

impl Shape {
    /// The snapshot of this graph, with every kind of label in it.
    pub fn snapshot(&self) -> Snapshot {
        let mut builder = Builder::new(meta());
        let types = [
            builder.type_id("dict", TypeFlags::BUILTIN | TypeFlags::CONTAINER),
            builder.type_id("app.Order", TypeFlags::NONE),
        ];
        let name = builder.name("naïve key");
        for (index, size) in self.sizes.iter().enumerate() {
            let object = Object {
                address: 0x7f00_0000_0000 + 16 * index as u64,
                type_id: types[index % 2],
                size: *size,
                count: 1,
                flags: ObjectFlags::NONE,
            };
            builder.object(object).unwrap();
        }
        let labels = [
            Label::Attribute(name),
            Label::Namespace,
            Label::Item(name),
            Label::Key,
            Label::Value,
            Label::Index(3),
            Label::Element,
            Label::Local(name),
            Label::Cell(name),
            Label::Type,
            Label::Other,
        ];
        for (position, (from, to)) in self.edges.iter().enumerate() {
            let label = labels[position % labels.len()];
            builder.reference(ObjectId(*from), ObjectId(*to), label).unwrap();
        }
        for root in &self.roots {
            builder.root(ObjectId(*root), RootKind::Module, name).unwrap();
        }
        for at in 0..3 {
            let length = 10 * at;
            builder.length(ObjectId(0), f64::from(at as u32), length).unwrap();
        }
        builder.finish().unwrap()
    }
}
