//! What keeps an object alive from outside the graph.

use crate::{NameId, ObjectId};

/// The kind of thing that holds a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RootKind {
    /// A loaded module; the name is the module's.
    Module,
    /// An executing function; the name says which, where and on which thread.
    Frame,
    /// A thread's own state.
    Thread,
    /// An asynchronous task.
    Task,
    /// Native code: a count that no visible object explains.
    Native,
    /// Rust: a handle on a stack, in a static or in a type that is not traced.
    Handle,
    /// The host's runtime itself.
    System,
}

impl RootKind {
    const ALL: [RootKind; 7] = [
        RootKind::Module,
        RootKind::Frame,
        RootKind::Thread,
        RootKind::Task,
        RootKind::Native,
        RootKind::Handle,
        RootKind::System,
    ];

    /// The code stored in files.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The kind stored as `code`.
    pub(crate) fn from_code(code: u8) -> Option<RootKind> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The kind in one lower-case word, as JSON reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            RootKind::Module => "module",
            RootKind::Frame => "frame",
            RootKind::Thread => "thread",
            RootKind::Task => "task",
            RootKind::Native => "native",
            RootKind::Handle => "handle",
            RootKind::System => "system",
        }
    }
}

/// One root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// The object held.
    pub object: ObjectId,
    /// By what.
    pub kind: RootKind,
    /// The holder's name.
    pub name: NameId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for kind in RootKind::ALL {
            assert_eq!(RootKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(RootKind::from_code(7), None);
    }
}
