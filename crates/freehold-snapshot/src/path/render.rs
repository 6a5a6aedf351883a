//! A path as code: `app.CACHE['user:17'].history[3]`.
//!
//! The step into an attribute table shows nothing, and what is found in the table shows as an attribute. Steps
//! that no code could name are arrows to a type: `native code → app.Session.history`.

use crate::label::Label;
use crate::path::{Path, bare, quoted};
use crate::snapshot::{Reference, Snapshot};
use crate::{ObjectId, RootKind};

/// Of longer paths the first and the last steps are shown.
const HEAD: usize = 16;
const TAIL: usize = 6;

pub(super) fn render(path: &Path, snapshot: &Snapshot) -> String {
    let mut renderer = Renderer {
        snapshot,
        text: String::new(),
        at: path.root.object,
        // A module's root may be the attribute table itself, rather than the module.
        in_namespace: path.root.kind == RootKind::Module,
    };
    let rest = renderer.start(path);
    let left_out = rest.len().saturating_sub(HEAD + TAIL);
    if left_out < 2 {
        renderer.steps(rest);
        return renderer.text;
    }
    renderer.steps(&rest[..HEAD]);
    renderer.text.push_str(&format!(" … {left_out} more … "));
    renderer.skip_to(&rest[HEAD + left_out - 1]);
    renderer.steps(&rest[HEAD + left_out..]);
    renderer.text
}

struct Renderer<'s> {
    snapshot: &'s Snapshot,
    text: String,
    /// The object that the text so far denotes.
    at: ObjectId,
    /// Whether that is the attribute table of what the text denotes.
    in_namespace: bool,
}

impl Renderer<'_> {
    /// Writes the root, and returns the steps that remain.
    fn start<'p>(&mut self, path: &'p Path) -> &'p [Reference] {
        let name = bare(self.snapshot.name(path.root.name));
        match path.root.kind {
            RootKind::Module => self.text.push_str(&name),
            RootKind::Frame => return self.start_in_frame(&name, path),
            RootKind::Thread => self.start_outside(&format!("thread {name}")),
            RootKind::Task => self.start_outside(&format!("task {name}")),
            RootKind::Native => self.start_outside("native code"),
            RootKind::Handle => {
                self.start_outside("a handle outside the heap (stack, static or untraced)");
            }
            RootKind::System if name.is_empty() => self.start_outside("the runtime"),
            RootKind::System => self.start_outside(&format!("the runtime ({name})")),
        }
        &path.steps
    }

    fn start_in_frame<'p>(&mut self, name: &str, path: &'p Path) -> &'p [Reference] {
        if let Some((step, rest)) = path.steps.split_first()
            && let Label::Local(variable) = step.label
        {
            let variable = quoted(self.snapshot.name(variable));
            self.text.push_str(&format!("local {variable} of {name}"));
            self.at = step.to;
            return rest;
        }
        self.text.push_str(name);
        &path.steps
    }

    fn start_outside(&mut self, holder: &str) {
        self.text.push_str(holder);
        self.arrow();
    }

    /// ` → ` and the type of the current object.
    fn arrow(&mut self) {
        let name = bare(self.type_name());
        self.text.push_str(&format!(" → {name}"));
    }

    fn type_name(&self) -> &str {
        let object = self.snapshot.object(self.at);
        object.map_or("", |object| self.snapshot.type_name(object.type_id))
    }

    fn steps(&mut self, steps: &[Reference]) {
        for step in steps {
            self.step(step);
        }
    }

    /// Continues after steps that are not shown, the last of which is `step`.
    fn skip_to(&mut self, step: &Reference) {
        self.at = step.to;
        self.in_namespace = step.label == Label::Namespace;
    }

    fn step(&mut self, step: &Reference) {
        let through_cell = self.type_name() == "cell";
        let in_namespace = self.in_namespace;
        let name = |id| self.snapshot.name(id);
        let shown = match step.label {
            Label::Namespace => String::new(),
            // What a cell holds is the captured variable, which the step into the cell named.
            _ if through_cell => String::new(),
            Label::Attribute(id) => format!(".{}", bare(name(id))),
            Label::Item(id) if in_namespace => format!(".{}", bare(name(id))),
            Label::Item(id) => format!("[{}]", quoted(name(id))),
            Label::Key => ".keys()".into(),
            Label::Value => "[…]".into(),
            Label::Index(index) => format!("[{index}]"),
            Label::Element => "{…}".into(),
            Label::Local(id) => format!(" → local {}", quoted(name(id))),
            Label::Cell(id) => format!(" → captured {}", quoted(name(id))),
            Label::Type => ".__class__".into(),
            Label::Other => {
                self.skip_to(step);
                return self.arrow();
            }
        };
        self.text.push_str(&shown);
        self.skip_to(step);
    }
}
