//! How an object is reached from outside the heap.

mod quote;
mod render;

pub(crate) use quote::{bare, quoted};

use crate::label::Label;
use crate::snapshot::{Reference, Snapshot};
use crate::{ObjectId, Root};

/// A root, and the references that lead from it to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Where the path starts.
    pub root: Root,
    /// The references followed, each with the object it leads to; empty if the path ends at the root's object.
    pub steps: Vec<Reference>,
}

impl Path {
    /// The object at the path's end.
    pub fn end(&self) -> ObjectId {
        self.steps.last().map_or(self.root.object, |step| step.to)
    }

    /// The path as its reader would write it in code, where it can be: `app.CACHE['user:17'].history[3]`.
    ///
    /// Names are data: control characters in them are shown escaped, long keys shortened. Long paths are
    /// shortened in the middle.
    pub fn render(&self, snapshot: &Snapshot) -> String {
        render::render(self, snapshot)
    }

    /// The root alone, as text: `module app`.
    pub(crate) fn root_text(&self, snapshot: &Snapshot) -> String {
        let name = bare(snapshot.name(self.root.name));
        format!("{} {name}", self.root.kind.as_str()).trim_end().to_owned()
    }
}

impl Reference {
    /// The reference alone, as text: `.name`, `[0]`, `['key']`; items of an attribute table are attributes.
    pub(crate) fn describe(&self, snapshot: &Snapshot, in_namespace: bool) -> String {
        let name = |id| snapshot.name(id);
        match self.label {
            Label::Attribute(id) => format!(".{}", bare(name(id))),
            Label::Item(id) if in_namespace => format!(".{}", bare(name(id))),
            Label::Item(id) => format!("[{}]", quoted(name(id))),
            Label::Index(index) => format!("[{index}]"),
            Label::Local(id) => format!("local {}", quoted(name(id))),
            Label::Cell(id) => format!("captured {}", quoted(name(id))),
            Label::Namespace => "attribute table".to_owned(),
            other => other.as_str().to_owned(),
        }
    }
}
