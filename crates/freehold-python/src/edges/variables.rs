//! Local variables: of frames that are objects, and of suspended generators and coroutines.

use freehold_snapshot::Label;

use super::Reader;
use crate::layout::{FRAME_CLEARED, FRAME_OBJECT_FRAME, Frames, Layout};
use crate::object::Obj;
use crate::types::Kind;

/// The interpreter frame that a generator contains or a frame object points to (3.11+), if it has not been taken
/// down: its distance from the object, and the code that it executes.
pub(crate) fn interpreter_frame<'gil>(object: Obj<'gil>, kind: Kind, layout: &Layout) -> Option<(isize, Obj<'gil>)> {
    let Frames::Interpreter {
        in_generator,
        generator_state,
        code,
        ..
    } = layout.frames
    else {
        return None;
    };
    // SAFETY: a generator has its state and frame there, and the frame is whole until the state says otherwise; a
    // frame object points to its interpreter frame, which lives as long as it does.
    unsafe {
        let offset = match kind {
            Kind::Generator if object.read::<i8>(generator_state) < FRAME_CLEARED => in_generator,
            Kind::Frame => object
                .field(FRAME_OBJECT_FRAME)?
                .address()
                .wrapping_sub(object.address()) as isize,
            _ => return None,
        };
        Some((offset, object.field(offset + code)?))
    }
}

/// Bytes of the variables and the stack in a frame that is part of `object` (3.11+).
pub(crate) fn frame_size(object: Obj<'_>, kind: Kind, layout: &Layout) -> usize {
    let Some((_, code)) = interpreter_frame(object, kind, layout) else {
        return 0;
    };
    // SAFETY: code objects have both numbers there.
    let slots = layout.code.slots.map(|offset| unsafe { code.read::<i32>(offset) });
    slots.map(|slots| slots.unsigned_abs() as usize * 8).iter().sum()
}

impl<'gil> Reader<'_, 'gil> {
    /// A generator, coroutine or frame object. Up to 3.10 a frame object has the variables; after, they are in the
    /// interpreter frame that belongs to the object.
    pub(super) fn variables(&mut self, object: Obj<'gil>, kind: Kind) {
        let layout = &self.host.layout;
        match layout.frames {
            Frames::Objects { code, locals, .. } if kind == Kind::Frame => self.object_locals(object, code, locals),
            Frames::Objects { .. } => {}
            Frames::Interpreter { locals, .. } => {
                let Some((offset, code)) = interpreter_frame(object, kind, layout) else {
                    return;
                };
                // SAFETY: code objects have the tuple of their variables' names there.
                let Some(tuple) = (unsafe { code.field(layout.code.variables) }) else {
                    return;
                };
                let names = self.names(tuple);
                self.locals(object, offset + locals, &names);
            }
        }
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
