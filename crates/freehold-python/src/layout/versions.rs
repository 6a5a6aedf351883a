//! The layouts that differ between minor versions: facts taken from the headers of 3.9, 3.10, 3.11, 3.12 and 3.13.

use crate::Error;

/// Thread states.
pub(crate) struct Thread {
    pub(crate) dict: isize,
    pub(crate) id: isize,
    /// Where the executing frame is: an object up to 3.10, an interpreter frame after.
    pub(crate) frame: isize,
    /// The frame is one pointer further, in the `_PyCFrame` found there.
    pub(crate) cframe: Option<isize>,
}

/// Code objects.
pub(crate) struct Code {
    pub(crate) filename: isize,
    pub(crate) name: isize,
    /// Names of the variables in the order of a frame's slots (3.11+); of parameters and locals before.
    pub(crate) variables: isize,
    /// How many variables, and how deep a stack, a frame of it has (3.11+).
    pub(crate) slots: [isize; 2],
    /// The instructions, within the object (3.11+).
    pub(crate) instructions: isize,
    /// `co_freevars`, up to 3.10; after, free variables are the last ones of `variables`.
    pub(crate) free_variables: Option<isize>,
    /// `co_cellvars`, up to 3.10.
    pub(crate) cell_variables: Option<isize>,
}

/// How executing functions are kept.
pub(crate) enum Frames {
    /// Up to 3.10: `PyFrameObject`s, which the collector traverses.
    Objects {
        back: isize,
        code: isize,
        last: isize,
        last_unit: i32,
        locals: isize,
    },
    /// From 3.11: `_PyInterpreterFrame`s, which it does not.
    Interpreter {
        code: isize,
        function: isize,
        previous: isize,
        object: isize,
        instruction: isize,
        stack_top: isize,
        owner: isize,
        locals: isize,
        in_generator: isize,
        generator_state: isize,
    },
}

/// How instances keep their attributes, if not in a dictionary at `tp_dictoffset`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attributes {
    /// Up to 3.10: there is no other way.
    Dictionary,
    /// 3.11: two words before the collector's header, values or a dictionary.
    Pair,
    /// 3.12: one word, its lowest bit set for values.
    Tagged,
    /// 3.13: values after the object, a dictionary in the word before the header.
    Inline,
}

/// The memory layouts of one minor version.
pub(crate) struct Layout {
    /// `sizeof(PyASCIIObject)`, `sizeof(PyCompactUnicodeObject)`, `sizeof(PyUnicodeObject)`.
    pub(crate) unicode_headers: [usize; 3],
    /// `ht_name`, `ht_slots`, `ht_qualname`.
    pub(crate) heap_type_names: [isize; 3],
    pub(crate) cached_keys: isize,
    pub(crate) function_code: isize,
    pub(crate) function_closure: isize,
    pub(crate) thread: Thread,
    pub(crate) code: Code,
    pub(crate) frames: Frames,
    pub(crate) attributes: Attributes,
    /// Keys of a dictionary: compact header with a kind (3.11+) or the older one.
    pub(crate) compact_keys: bool,
    /// From 3.12: counts are 32 bits, negative for immortal objects; an int's size is in a tag.
    pub(crate) immortals: bool,
}

impl Layout {
    /// The layouts of CPython `major.minor`.
    pub(crate) fn of((major, minor, version): &(u32, u32, String)) -> Result<Layout, Error> {
        match (major, minor) {
            (3, 9) => Ok(objects_era(856 - 8, 16, 48, 104, 1)),
            (3, 10) => Ok(objects_era(856, 48, 72, 96, 2)),
            (3, 11) => Ok(v3_11()),
            (3, 12) => Ok(v3_12()),
            (3, 13) => Ok(v3_13()),
            _ => Err(Error::version(version)),
        }
    }
}

/// 3.9 and 3.10: frames are objects. `slots` is the offset of `ht_slots`; `last_unit` the bytes that one step
/// of `f_lasti` stands for.
fn objects_era(slots: isize, code: isize, closure: isize, last: isize, last_unit: i32) -> Layout {
    Layout {
        unicode_headers: [48, 72, 80],
        heap_type_names: [slots - 8, slots, slots + 8],
        cached_keys: slots + 16,
        function_code: code,
        function_closure: closure,
        thread: Thread {
            dict: 152,
            id: 176,
            frame: 24,
            cframe: None,
        },
        code: Code {
            filename: 104,
            name: 112,
            variables: 72,
            slots: [0, 0],
            instructions: 0,
            free_variables: Some(80),
            cell_variables: Some(88),
        },
        frames: Frames::Objects {
            back: 24,
            code: 32,
            last,
            last_unit,
            locals: last + 256,
        },
        attributes: Attributes::Dictionary,
        compact_keys: false,
        immortals: false,
    }
}

fn v3_11() -> Layout {
    Layout {
        unicode_headers: [48, 72, 80],
        heap_type_names: [848, 856, 864],
        cached_keys: 872,
        function_code: 48,
        function_closure: 72,
        thread: Thread {
            dict: 128,
            id: 152,
            frame: 8,
            cframe: Some(56),
        },
        code: Code {
            filename: 112,
            name: 120,
            variables: 96,
            slots: [76, 68],
            instructions: 184,
            free_variables: None,
            cell_variables: None,
        },
        frames: Frames::Interpreter {
            code: 32,
            function: 0,
            previous: 48,
            object: 40,
            instruction: 56,
            stack_top: 64,
            owner: 69,
            locals: 72,
            in_generator: 80,
            generator_state: 75,
        },
        attributes: Attributes::Pair,
        compact_keys: true,
        immortals: false,
    }
}

fn v3_12() -> Layout {
    Layout {
        unicode_headers: [40, 56, 64],
        heap_type_names: [856, 864, 872],
        cached_keys: 880,
        thread: Thread {
            dict: 112,
            id: 136,
            frame: 0,
            cframe: Some(56),
        },
        code: Code {
            slots: [72, 64],
            instructions: 192,
            ..v3_11().code
        },
        frames: Frames::Interpreter {
            code: 0,
            function: 16,
            previous: 8,
            object: 48,
            instruction: 56,
            stack_top: 64,
            owner: 70,
            locals: 72,
            in_generator: 72,
            generator_state: 67,
        },
        attributes: Attributes::Tagged,
        immortals: true,
        ..v3_11()
    }
}

fn v3_13() -> Layout {
    Layout {
        thread: Thread {
            dict: 128,
            id: 152,
            frame: 72,
            cframe: None,
        },
        code: Code {
            instructions: 200,
            ..v3_12().code
        },
        attributes: Attributes::Inline,
        ..v3_12()
    }
}
