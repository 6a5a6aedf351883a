//! Local variables: of frames that are objects, and of suspended generators and coroutines.

use freehold_snapshot::Label;

use super::Reader;
use crate::layout::{FRAME_CLEARED, FRAME_OBJECT_FRAME, Frames};
use crate::object::Obj;

impl<'gil> Reader<'_, 'gil> {
    /// A generator or coroutine: from 3.11 its frame is part of it.
    pub(super) fn generator(&mut self, object: Obj<'gil>) {
        let Frames::Interpreter {
            in_generator,
            generator_state,
            code,
            locals,
            ..
        } = self.host.layout.frames
        else {
            return;
        };
        // SAFETY: a generator has its state there.
        let state: i8 = unsafe { object.read(generator_state) };
        if state < FRAME_CLEARED {
            self.interpreter_locals(object, in_generator, code, locals);
        }
    }

    /// A frame object: up to 3.10 it has the variables; after, they are in an interpreter frame.
    pub(super) fn frame_object(&mut self, object: Obj<'gil>) {
        match self.host.layout.frames {
            Frames::Objects { code, locals, .. } => self.object_locals(object, code, locals),
            Frames::Interpreter { code, locals, .. } => {
                // SAFETY: a frame object points to its interpreter frame, which lives as long as it does.
                let frame: usize = unsafe { object.read(FRAME_OBJECT_FRAME) };
                if frame != 0 {
                    let offset = frame.wrapping_sub(object.address()) as isize;
                    self.interpreter_locals(object, offset, code, locals);
                }
            }
        }
    }

    /// Hints for the variables of the interpreter frame at `offset` from `object`.
    fn interpreter_locals(&mut self, object: Obj<'gil>, offset: isize, code: isize, locals: isize) {
        // SAFETY: the frame has its code there, null once it was cleared.
        let Some(code) = (unsafe { object.field(offset + code) }) else {
            return;
        };
        // SAFETY: code objects have the tuple of their variables' names there.
        let Some(tuple) = (unsafe { code.field(self.host.layout.code.variables) }) else {
            return;
        };
        let names = self.names(tuple);
        self.locals(object, offset + locals, &names);
    }

    fn object_locals(&mut self, object: Obj<'gil>, code: isize, locals: isize) {
        let at = &self.host.layout.code;
        // SAFETY: a frame object has its code there; code has its three tuples of names.
        let tuples = unsafe {
            let Some(code) = object.field(code) else { return };
            [Some(at.variables), at.cell_variables, at.free_variables]
                .map(|offset| offset.and_then(|offset| code.field(offset)))
        };
        let names: Vec<_> = tuples
            .into_iter()
            .flatten()
            .flat_map(|tuple| self.names(tuple))
            .collect();
        self.locals(object, locals, &names);
    }

    fn locals(&mut self, object: Obj<'gil>, first: isize, names: &[freehold_snapshot::NameId]) {
        for (position, &name) in names.iter().enumerate() {
            // SAFETY: a frame has one reference, possibly null, for each variable of its code.
            let value = unsafe { object.field(first + position as isize * 8) };
            self.hint(value, Label::Local(name));
        }
    }
}
