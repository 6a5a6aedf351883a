//! Executing functions: which, where, and their local variables.
//!
//! Up to 3.10 an executing function has a frame object, which the collector knows. From 3.11 it has an
//! interpreter frame on the thread's own stack, which no object refers to: it is walked as if it were an object
//! of type `frame` and size 0.

use freehold_snapshot::Label;

use crate::edges::Reader;
use crate::host::Host;
use crate::layout::Frames;
use crate::object::{Gil, Obj};
use crate::text;

/// Frames deeper than this are not followed.
const DEPTH: usize = 100_000;
/// `_PyInterpreterFrame.owner`: a generator, and a marker on the C stack that executes nothing.
const OWNED_BY_GENERATOR: u8 = 1;
const OWNED_BY_C_STACK: u8 = 3;

/// One executing function.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'gil> {
    /// The frame as if it were an object, which from 3.11 it is not: only its fields may be read.
    memory: Obj<'gil>,
    code: Obj<'gil>,
    /// Byte offset of the instruction being executed.
    instruction: i32,
    is_object: bool,
}

impl<'gil> Frame<'gil> {
    pub(crate) fn address(&self) -> usize {
        self.memory.address()
    }

    /// The frame object, where frames are objects.
    pub(crate) fn object(&self) -> Option<Obj<'gil>> {
        self.is_object.then_some(self.memory)
    }

    /// `worker() line 88 of service.py`.
    pub(crate) fn describe(&self, host: &Host) -> String {
        let at = &host.layout.code;
        // SAFETY: a code object has its name and file name there.
        let (name, file) = unsafe { (self.code.field(at.name), self.code.field(at.filename)) };
        let text = |object: Option<Obj<'_>>| {
            object
                .and_then(|object| text::whole(object, &host.layout))
                .unwrap_or_default()
        };
        let file = text(file);
        let file = file.rsplit('/').next().unwrap_or_default();
        // SAFETY: computes from the line table of a live code object.
        let line = unsafe { (host.api.PyCode_Addr2Line)(self.code.as_ptr(), self.instruction) };
        format!("{}() line {line} of {file}", text(name))
    }
}

/// The executing frames of the thread whose newest frame is at `newest`, newest first.
pub(crate) fn stack<'gil>(gil: Gil<'gil>, host: &Host, newest: usize) -> Vec<Frame<'gil>> {
    let mut found = Vec::new();
    let mut address = newest;
    while address != 0 && found.len() < DEPTH {
        // SAFETY: a thread's frames stay as they are while the GIL is held; the fields are read by layout.
        let memory = unsafe { Obj::at(gil, address) };
        found.extend(frame(host, memory));
        let previous = match host.layout.frames {
            Frames::Objects { back, .. } => back,
            Frames::Interpreter { previous, .. } => previous,
        };
        // SAFETY: each frame links to the one that called it.
        address = unsafe { memory.read(previous) };
    }
    found
}

fn frame<'gil>(host: &Host, memory: Obj<'gil>) -> Option<Frame<'gil>> {
    // SAFETY: `memory` is an executing frame; its fields are where the layout has them.
    unsafe {
        match host.layout.frames {
            Frames::Objects {
                code, last, last_unit, ..
            } => Some(Frame {
                memory,
                code: memory.field(code)?,
                instruction: memory.read::<i32>(last) * last_unit,
                is_object: true,
            }),
            Frames::Interpreter {
                code,
                instruction,
                owner,
                ..
            } => {
                if memory.read::<u8>(owner) == OWNED_BY_C_STACK {
                    return None;
                }
                let code = memory.field(code)?;
                let start = code.address().wrapping_add_signed(host.layout.code.instructions);
                let at: usize = memory.read(instruction);
                Some(Frame {
                    memory,
                    code,
                    instruction: at.wrapping_sub(start) as i32,
                    is_object: false,
                })
            }
        }
    }
}

impl<'gil> Reader<'_, 'gil> {
    /// What an interpreter frame holds. A generator's frame shares all but the variables with the generator.
    pub(crate) fn executing(&mut self, frame: &Frame<'gil>) {
        self.scratch.edges.clear();
        let Frames::Interpreter {
            code,
            function,
            object,
            stack_top,
            owner,
            locals,
            ..
        } = self.host.layout.frames
        else {
            return;
        };
        let memory = frame.memory;
        // SAFETY: code objects have the tuple of their variables' names there.
        let tuple = unsafe { frame.code.field(self.host.layout.code.variables) };
        let names = tuple.map(|tuple| self.names(tuple)).unwrap_or_default();
        for (position, &name) in names.iter().enumerate() {
            // SAFETY: a frame has one reference, possibly null, for each variable of its code.
            let value = unsafe { memory.field(locals + position as isize * 8) };
            self.extra(value, Label::Local(name));
        }
        // SAFETY: the frame's fields are where the layout has them; below `stack_top`, which is -1 where it was
        // not saved, the stack holds references.
        unsafe {
            if memory.read::<u8>(owner) == OWNED_BY_GENERATOR {
                return;
            }
            for offset in [code, function, object] {
                self.extra(memory.field(offset), Label::Other);
            }
            let top: i32 = memory.read(stack_top);
            for position in names.len() as i32..top {
                self.extra(memory.field(locals + position as isize * 8), Label::Other);
            }
        }
    }
}
