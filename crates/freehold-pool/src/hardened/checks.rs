//! The checks, in the order in which a block meets them: prepared, taken, given back, linked.

use super::bits::Bit;
use super::secret::secret;
use crate::misuse::Misuse;
use crate::os;
use crate::page::{Kind, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::range::Range;
use crate::slot::Slot;
use crate::spans::Pages;

/// Bytes at the end of a raw slot that are nobody's.
pub(crate) const CANARY: usize = size_of::<u64>();

/// Bytes behind a block of whole pages that nobody may touch: a page of the system, where its size is known.
const GUARD: usize = if cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
    4096
} else {
    PAGE_SIZE
};

/// A slot's bytes behind the part that a free slot uses: the link, and an object's header word before it.
fn rest(page: &Page, slot: *mut Slot) -> (*mut u8, usize) {
    (slot.wrapping_add(1).cast(), page.stride() - size_of::<Slot>())
}

fn is_raw(page: &Page) -> bool {
    page.kind() == Some(Kind::Raw)
}

/// Where the canary is, and what it is there.
fn canary(page: &Page, slot: *mut Slot) -> (*mut u64, u64) {
    let end = slot.cast::<u8>().wrapping_add(page.stride());
    (end.cast::<u64>().wrapping_sub(1), secret() ^ slot.addr() as u64)
}

/// Makes a slot that was never handed out read as zero, as free ones do. By the page's owner.
pub(crate) fn prepare(page: &Page, slot: *mut Slot) {
    if is_raw(page) && !page.is_clean.get() {
        // SAFETY: a slot of the page, which the owner alone knows of.
        unsafe { slot.cast::<u8>().write_bytes(0, page.stride()) };
    }
}

/// A slot leaves the free list, of which it was the first.
pub(crate) fn take(page: &Page, slot: *mut Slot) {
    check_link(page, slot);
    let (rest, bytes) = rest(page, slot);
    // SAFETY: the slot is free, and its page's owner looks at it.
    let is_untouched = unsafe { is_zero(rest, bytes) && (!is_raw(page) || is_zero(slot.cast(), size_of::<u64>())) };
    if !is_untouched || Bit::of(slot).set() {
        Misuse::Overwritten.stop(slot.addr());
    }
    if is_raw(page) {
        let (place, canary) = canary(page, slot);
        // SAFETY: the slot's last word; slots are whole words.
        unsafe { place.write(canary) };
    }
}

/// A slot or block comes back, from any thread.
pub(crate) fn give(page: &Page, slot: *mut Slot) {
    if page.kind().is_none() || !is_slot(page, slot) {
        Misuse::NotABlock.stop(slot.addr());
    }
    if !Bit::of(slot).clear() {
        Misuse::FreedTwice.stop(slot.addr());
    }
    if page.is_large() {
        return;
    }
    let (place, canary) = canary(page, slot);
    // SAFETY: the slot was in use until now, so it is the caller's; its last word is the pool's if it is raw.
    if is_raw(page) && unsafe { place.read() } != canary {
        Misuse::Overwritten.stop(slot.addr());
    }
    let (rest, bytes) = rest(page, slot);
    // SAFETY: as above. The header word of an object stays.
    unsafe { rest.write_bytes(0, bytes) };
    if is_raw(page) {
        // SAFETY: as above.
        unsafe { slot.cast::<u64>().write(0) };
    }
}

/// A link is about to be followed: whether it leads to a free slot of the page, or nowhere. By the page's owner.
pub(crate) fn check_link(page: &Page, slot: *mut Slot) {
    // SAFETY: the slot is free, and in a list that the owner holds.
    let next = unsafe { Slot::next(slot) };
    if !next.is_null() && (!is_slot(page, next) || Bit::of(next).is_set()) {
        Misuse::Overwritten.stop(slot.addr());
    }
}

/// Whether a slot that was handed out, or could be, begins there.
fn is_slot(page: &Page, slot: *mut Slot) -> bool {
    let range = Range::the();
    let first = range.start(range.number(page)).addr() + page.first();
    let offset = slot.addr().wrapping_sub(first);
    offset.is_multiple_of(page.stride()) && offset / page.stride() < page.extent() as usize
}

/// Whether a slot of a free list is not in use.
#[cfg(test)]
pub(crate) fn is_free(slot: *mut Slot) -> bool {
    !Bit::of(slot).is_set()
}

/// # Safety
/// The caller may read so many bytes.
unsafe fn is_zero(start: *const u8, bytes: usize) -> bool {
    static ZEROES: [u8; 4096] = [0; 4096];
    // SAFETY: as promised; free memory was written when it was freed, or came zeroed.
    let bytes = unsafe { std::slice::from_raw_parts(start, bytes) };
    bytes.chunks(ZEROES.len()).all(|part| part == &ZEROES[..part.len()])
}

/// Bytes at the end of a raw slot or block that are not its user's.
pub(crate) fn tail(page: &Page) -> usize {
    if page.is_large() { GUARD } else { CANARY }
}

/// Where a raw block of whole pages begins, so that it ends at the guard, and the bytes of it all.
pub(crate) fn place_large(bytes: usize, align: usize) -> Option<(usize, usize)> {
    let whole = bytes.checked_add(GUARD)?.checked_next_multiple_of(PAGE_SIZE)?;
    let align = align.max(size_of::<Slot>());
    Some(((whole - GUARD - bytes) & !(align - 1), whole))
}

/// A block of whole pages is handed out.
pub(crate) fn take_large(page: &Page, slot: *mut Slot) {
    Bit::of(slot).set();
    if is_raw(page) {
        // A system that has no guard to give has memory all the same.
        let _ = guard(page, true);
    }
}

/// A block of whole pages was given back. `false`: the system twice refused to take the guard away, so nobody can use the block
/// again; it stays.
pub(crate) fn give_large(page: &Page) -> bool {
    !is_raw(page) || guard(page, false) || guard(page, false)
}

fn guard(page: &Page, is_guarded: bool) -> bool {
    let range = Range::the();
    let end = range.start(range.number(page)).wrapping_add(page.span() << PAGE_SHIFT);
    // SAFETY: the last bytes of a span in use, which are kept out of the block.
    unsafe { os::guard(end.wrapping_sub(GUARD), GUARD, is_guarded) }
}
