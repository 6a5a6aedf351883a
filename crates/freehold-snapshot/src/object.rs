//! One object of the heap, as captured.

use crate::{ObjectFlags, TypeId};

/// What is known of one object, apart from whom it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// Its identity within the process: equal addresses in two snapshots of one process, with the same
    /// type, are taken to be the same object.
    pub address: u64,
    /// Its type.
    pub type_id: TypeId,
    /// Shallow size in bytes: the object's own memory, nothing that it refers to.
    pub size: u64,
    /// Its reference count at capture.
    pub count: u64,
    /// Further facts.
    pub flags: ObjectFlags,
}
