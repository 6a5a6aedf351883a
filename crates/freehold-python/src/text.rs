//! The text of a `str`, read from its memory.
//!
//! `PyUnicode_AsUTF8` would cache an encoded copy in the object and so change the heap that is being measured.

use crate::layout::{Layout, OB_SIZE, flag, unicode};
use crate::object::Obj;

/// Names longer than this are cut: they are for people.
const LIMIT: usize = 120;

/// The text of `object`, cut to a length that suits a name, or `None` if it is not a `str`.
pub(crate) fn name(object: Obj<'_>, layout: &Layout) -> Option<String> {
    read(object, layout, LIMIT)
}

/// The whole text of `object`, or `None` if it is not a `str`.
pub(crate) fn whole(object: Obj<'_>, layout: &Layout) -> Option<String> {
    read(object, layout, usize::MAX)
}

fn read(object: Obj<'_>, layout: &Layout, limit: usize) -> Option<String> {
    if !object.ty().has(flag::UNICODE) {
        return None;
    }
    let (data, kind) = data(object, layout)?;
    // SAFETY: a `str` has its length there.
    let length: usize = unsafe { object.read(OB_SIZE) };
    let shown = length.min(limit);
    let mut text: String = (0..shown)
        .map(|index| {
            // SAFETY: `data` holds `length` characters of `kind` bytes each.
            let code = unsafe { character(data, kind, index) };
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    if shown < length {
        text.push('…');
    }
    Some(text)
}

/// Where the characters are and how many bytes each has; `None` for a string without a canonical form.
fn data(object: Obj<'_>, layout: &Layout) -> Option<(usize, u32)> {
    // SAFETY: a `str` has its state there.
    let state: u32 = unsafe { object.read(unicode::STATE) };
    let kind = (state >> unicode::KIND_SHIFT) & 7;
    let [ascii, compact, legacy] = layout.unicode_headers;
    let data = if state & unicode::COMPACT == 0 {
        // SAFETY: the last word of a `str` that is not compact points to its text.
        unsafe { object.read(legacy as isize - 8) }
    } else if state & unicode::ASCII != 0 {
        object.address() + ascii
    } else {
        object.address() + compact
    };
    (data != 0 && matches!(kind, 1 | 2 | 4)).then_some((data, kind))
}

/// # Safety
/// `data` points to more than `index` characters of `kind` bytes each.
unsafe fn character(data: usize, kind: u32, index: usize) -> u32 {
    // SAFETY: by the caller's promise.
    unsafe {
        match kind {
            1 => u32::from((data as *const u8).add(index).read()),
            2 => u32::from((data as *const u16).add(index).read()),
            _ => (data as *const u32).add(index).read(),
        }
    }
}

/// Size of a `str` in bytes, its text included.
pub(crate) fn size(object: Obj<'_>, layout: &Layout) -> usize {
    // SAFETY: a `str` has its state and length there.
    let (state, length): (u32, usize) = unsafe { (object.read(unicode::STATE), object.read(OB_SIZE)) };
    let characters = (length + 1) * ((state >> unicode::KIND_SHIFT) & 7) as usize;
    let [ascii, compact, legacy] = layout.unicode_headers;
    match (state & unicode::COMPACT != 0, state & unicode::ASCII != 0) {
        (true, true) => ascii + characters,
        (true, false) => compact + characters,
        (false, _) => legacy + characters,
    }
}
