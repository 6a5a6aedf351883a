//! Where CPython keeps what: every offset and flag bit that the agent relies on, in bytes, for 64-bit builds
//! with the GIL.
//!
//! The constants are the same in all supported versions, most of them part of the stable ABI. What differs is
//! a field of [`Layout`], one value a version: facts taken from the headers of 3.9, 3.10, 3.11, 3.12 and 3.13.

use crate::Error;

/// Size of the collector's header, which lies before each object that it can track.
pub(crate) const GC_HEAD: usize = 16;
/// `PyVarObject.ob_size`, `PyDictObject.ma_used`, `PyASCIIObject.length`.
pub(crate) const OB_SIZE: isize = 16;

/// Offsets in `PyTypeObject`.
pub(crate) mod tp {
    pub(crate) const NAME: isize = 24;
    pub(crate) const BASICSIZE: isize = 32;
    pub(crate) const ITEMSIZE: isize = 40;
    pub(crate) const FLAGS: isize = 168;
    pub(crate) const TRAVERSE: isize = 184;
    pub(crate) const MEMBERS: isize = 240;
    pub(crate) const BASE: isize = 256;
    pub(crate) const DICT: isize = 264;
    pub(crate) const DICTOFFSET: isize = 288;
    pub(crate) const IS_GC: isize = 328;
    pub(crate) const BASES: isize = 336;
    pub(crate) const MRO: isize = 344;
    pub(crate) const SUBCLASSES: isize = 360;
}

/// Bits of `PyTypeObject.tp_flags`.
pub(crate) mod flag {
    pub(crate) const STATIC_BUILTIN: usize = 1 << 1;
    pub(crate) const INLINE_VALUES: usize = 1 << 2;
    pub(crate) const MANAGED_WEAKREF: usize = 1 << 3;
    pub(crate) const MANAGED_DICT: usize = 1 << 4;
    pub(crate) const HEAPTYPE: usize = 1 << 9;
    pub(crate) const HAVE_GC: usize = 1 << 14;
    pub(crate) const LONG: usize = 1 << 24;
    pub(crate) const UNICODE: usize = 1 << 28;
    pub(crate) const DICT: usize = 1 << 29;
}

/// `PyMemberDef`: name, type, offset, flags, doc.
pub(crate) mod member {
    pub(crate) const SIZE: usize = 40;
    pub(crate) const TYPE: usize = 8;
    pub(crate) const OFFSET: usize = 16;
    /// `T_OBJECT` and `T_OBJECT_EX`: the member is a reference.
    pub(crate) const OBJECT_TYPES: [i32; 2] = [6, 16];
}

pub(crate) mod dict {
    pub(crate) const KEYS: isize = 32;
    pub(crate) const VALUES: isize = 40;
}

pub(crate) mod list {
    pub(crate) const ITEMS: isize = 24;
    pub(crate) const ALLOCATED: isize = 32;
}

pub(crate) mod tuple {
    pub(crate) const ITEMS: isize = 24;
}

pub(crate) mod set {
    pub(crate) const USED: isize = 24;
    pub(crate) const MASK: isize = 32;
    pub(crate) const TABLE: isize = 40;
    /// The table of small sets, within the object.
    pub(crate) const SMALL_TABLE: isize = 64;
    /// An entry is the key and its hash; a deleted one holds a dummy that is not counted.
    pub(crate) const ENTRY: usize = 16;
}

pub(crate) mod bytearray {
    pub(crate) const ALLOCATED: isize = 24;
}

/// `array.array`: a pointer to a descriptor that opens with `char typecode; int itemsize`.
pub(crate) mod array {
    pub(crate) const ALLOCATED: isize = 32;
    pub(crate) const DESCRIPTOR: isize = 40;
    pub(crate) const ITEMSIZE: isize = 4;
}

pub(crate) mod deque {
    pub(crate) const MAXLEN: isize = 64;
    /// A block holds 64 items and two links.
    pub(crate) const BLOCK_ITEMS: usize = 64;
    pub(crate) const BLOCK: usize = (BLOCK_ITEMS + 2) * 8;
}

pub(crate) mod module {
    pub(crate) const DICT: isize = 16;
}

/// `PyGenObject.gi_frame_state` from this value on: the frame has been taken down.
pub(crate) const FRAME_CLEARED: i8 = 4;
/// `PyFrameObject.f_frame`, from 3.11.
pub(crate) const FRAME_OBJECT_FRAME: isize = 24;

pub(crate) mod cell {
    pub(crate) const CONTENTS: isize = 16;
}

/// `struct _gc_runtime_state`, relative to the head of the youngest generation.
pub(crate) mod collector {
    pub(crate) const ENABLED: isize = -12;
    /// A generation is a list head, a threshold and a count.
    pub(crate) const GENERATION: isize = 24;
    pub(crate) const THRESHOLD: isize = 16;
    pub(crate) const COUNT: isize = 20;
    pub(crate) const PERMANENT: isize = 80;
    /// For each generation: collections, collected, uncollectable.
    pub(crate) const STATISTICS: isize = 104;
}

/// `PyUnicodeObject.state`, the same bits in every version, and where the text is.
pub(crate) mod unicode {
    pub(crate) const STATE: isize = 32;
    pub(crate) const KIND_SHIFT: u32 = 2;
    pub(crate) const COMPACT: u32 = 1 << 5;
    pub(crate) const ASCII: u32 = 1 << 6;
}

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

const _: () = assert!(size_of::<usize>() == 8, "the offsets are those of 64-bit builds");
