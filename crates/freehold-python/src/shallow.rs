//! Shallow sizes: the bytes of an object itself, and of memory that belongs to it alone, without asking it.
//!
//! `__sizeof__` may be user code, so sizes come from the type and, for the common containers, from their
//! layouts. The collector's header and the words before it that instances use count as well, so that sizes add
//! up to what the allocator handed out, less its rounding.

use crate::edges::{instance, variables};
use crate::keys;
use crate::layout::{Attributes, GC_HEAD, Layout, array, bytearray, deque, flag, list, set};
use crate::object::Obj;
use crate::text;
use crate::types::{Kind, TypeFacts};

/// Bytes of `object`, an instance of the type of `facts`.
pub(crate) fn size(object: Obj<'_>, facts: &TypeFacts, layout: &Layout) -> u64 {
    let total = header(object, facts) + body(object, facts, layout) + attributes(object, facts, layout);
    total as u64
}

fn header(object: Obj<'_>, facts: &TypeFacts) -> usize {
    let collector = if facts.is_tracked(object) { GC_HEAD } else { 0 };
    let managed = facts.flags & (flag::MANAGED_DICT | flag::MANAGED_WEAKREF) != 0;
    collector + if managed { 16 } else { 0 }
}

fn body(object: Obj<'_>, facts: &TypeFacts, layout: &Layout) -> usize {
    let fixed = facts.basicsize;
    // SAFETY: each kind's fields are where `layout` has them for that type and its subclasses.
    unsafe {
        match facts.kind {
            Kind::Str => text::size(object, layout) + fixed.saturating_sub(layout.unicode_headers[2]),
            Kind::Int => fixed + digits(object, layout) * facts.itemsize,
            Kind::Dict => fixed + keys::size(object, layout),
            Kind::List => fixed + object.read::<usize>(list::ALLOCATED) * 8,
            Kind::Set => fixed + set_table(object),
            Kind::Bytearray => fixed + object.read::<usize>(bytearray::ALLOCATED),
            Kind::Array => {
                let item = object
                    .field(array::DESCRIPTOR)
                    .map_or(1, |descriptor| descriptor.read::<i32>(array::ITEMSIZE));
                fixed + object.read::<usize>(array::ALLOCATED) * item.unsigned_abs() as usize
            }
            Kind::Deque => fixed + (object.ob_size().unsigned_abs() / deque::BLOCK_ITEMS + 1) * deque::BLOCK,
            // From 3.11 their size field is used for something else.
            Kind::Generator | Kind::Frame if layout.compact_keys => {
                fixed + variables::frame_size(object, facts.kind, layout)
            }
            _ if facts.itemsize != 0 => fixed + object.ob_size().unsigned_abs() * facts.itemsize,
            _ => fixed,
        }
    }
}

/// Digits of an `int`, at least one.
///
/// # Safety
/// `object` is an `int`.
unsafe fn digits(object: Obj<'_>, layout: &Layout) -> usize {
    // SAFETY: by the caller's promise; the size, or from 3.12 the tag, is there.
    let size = unsafe { object.ob_size() };
    let digits = if layout.immortals {
        size as usize >> 3
    } else {
        size.unsigned_abs()
    };
    digits.max(1)
}

/// Bytes of a set's table, if it has outgrown the one within the object.
///
/// # Safety
/// `object` is a set.
unsafe fn set_table(object: Obj<'_>) -> usize {
    // SAFETY: by the caller's promise.
    let (table, mask): (usize, usize) = unsafe { (object.read(set::TABLE), object.read(set::MASK)) };
    if table == object.address().wrapping_add_signed(set::SMALL_TABLE) {
        0
    } else {
        (mask + 1) * set::ENTRY
    }
}

/// Bytes of the attribute values that an instance keeps apart from a dictionary.
fn attributes(object: Obj<'_>, facts: &TypeFacts, layout: &Layout) -> usize {
    let apart = match layout.attributes {
        Attributes::Dictionary => false,
        Attributes::Inline => facts.flags & flag::INLINE_VALUES != 0,
        Attributes::Pair | Attributes::Tagged => instance::values(object, layout).is_some(),
    };
    if !apart {
        return 0;
    }
    keys::values_size(keys::shared_capacity(object.ty(), layout)) + keys::values_header(layout)
}
