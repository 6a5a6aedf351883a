//! Where CPython keeps what: every offset and flag bit that the agent relies on, in bytes, for 64-bit builds
//! with the GIL.
//!
//! The constants here are the same in all supported versions, most of them part of the stable ABI. What differs is
//! a field of [`Layout`], one value a version.

mod versions;

pub(crate) use versions::{Attributes, Frames, Layout};

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

pub(crate) mod weakref {
    pub(crate) const OBJECT: isize = 16;
}

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

const _: () = assert!(size_of::<usize>() == 8, "the offsets are those of 64-bit builds");
