//! References of code objects, functions and cells.

use freehold_snapshot::Label;

use super::Reader;
use crate::layout::cell;
use crate::object::Obj;
use crate::text;
use crate::types::TypeFacts;

impl<'gil> Reader<'_, 'gil> {
    /// A code object is not under the collector: what it declares as members is what it holds.
    pub(super) fn code(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        for &(name, offset) in &facts.members {
            // SAFETY: the type declares a reference, possibly null, at this offset of its instances.
            let value = unsafe { object.field(offset) };
            self.extra(value, Label::Attribute(name));
        }
        if self.host.layout.compact_keys {
            let variables = self.host.layout.code.variables;
            for offset in [variables, variables + 8] {
                // SAFETY: from 3.11 the names and kinds of variables, which are no members, are there.
                let value = unsafe { object.field(offset) };
                self.extra(value, Label::Other);
            }
        }
    }

    /// A function: its defaults, which are no members, and the names of captured variables, remembered for the tuple
    /// that holds their cells.
    pub(super) fn function(&mut self, object: Obj<'gil>) {
        let layout = &self.host.layout;
        for (name, distance) in [("__defaults__", 16), ("__kwdefaults__", 8)] {
            let name = self.builder.name(name);
            // SAFETY: a function has both, or null, right before its closure.
            let value = unsafe { object.field(layout.function_closure - distance) };
            self.hint(value, Label::Attribute(name));
        }
        // SAFETY: a function has its code, and its closure or null, there.
        let (code, closure) = unsafe {
            (
                object.field(layout.function_code),
                object.field(layout.function_closure),
            )
        };
        let (Some(code), Some(closure)) = (code, closure) else {
            return;
        };
        // SAFETY: the closure is a tuple, with one cell for each free variable.
        let cells = unsafe { closure.ob_size() }.unsigned_abs();
        let names = self.free_variables(code, cells);
        self.scratch.closures.insert(closure.address(), names);
    }

    /// Names of the last `cells` variables of `code`: the captured ones.
    fn free_variables(&mut self, code: Obj<'gil>, cells: usize) -> Vec<freehold_snapshot::NameId> {
        let layout = &self.host.layout;
        let offset = layout.code.free_variables.unwrap_or(layout.code.variables);
        // SAFETY: a code object has a tuple of names there.
        let Some(tuple) = (unsafe { code.field(offset) }) else {
            return Vec::new();
        };
        let names = self.names(tuple);
        names[names.len().saturating_sub(cells)..].to_vec()
    }

    /// The strings of a tuple, as names.
    pub(crate) fn names(&mut self, tuple: Obj<'gil>) -> Vec<freehold_snapshot::NameId> {
        // SAFETY: the caller passes a tuple; its items are live objects.
        let items: Vec<Obj<'gil>> = unsafe {
            let length = tuple.ob_size();
            (0..length)
                .filter_map(|index| tuple.field(crate::layout::tuple::ITEMS + index * 8))
                .collect()
        };
        let layout = &self.host.layout;
        items
            .into_iter()
            .map(|item| self.builder.name(&text::name(item, layout).unwrap_or_default()))
            .collect()
    }

    pub(super) fn cell(&mut self, object: Obj<'gil>) {
        let name = self.builder.name("cell_contents");
        // SAFETY: a cell has its contents, or null, there.
        self.hint(unsafe { object.field(cell::CONTENTS) }, Label::Attribute(name));
    }
}
