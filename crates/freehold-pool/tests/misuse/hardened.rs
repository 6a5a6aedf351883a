//! What the feature `hardened` sees besides, and does.

use super::{Case, NOT_A_BLOCK, TWICE, behind, check, give, give_object, take, take_object};
use freehold_pool::raw;
use std::alloc::Layout;
use std::ptr::NonNull;
use std::thread;

const OVERWRITTEN: &str = "was written beyond its end, or after it was freed";

/// A pointer that another thread can have.
struct Sent(NonNull<u8>);

// SAFETY: an address; what is done with it is the point.
unsafe impl Send for Sent {}

fn give_elsewhere(block: NonNull<u8>) {
    let block = Sent(block);
    let give = move || {
        let block = block;
        give(block.0);
    };
    thread::spawn(give).join().unwrap();
}

const CASES: &[Case] = &[
    (
        "twice, with another between",
        || {
            let blocks = [(); 4].map(|()| take(100));
            give(blocks[0]);
            give(blocks[1]);
            give(blocks[0]);
        },
        Some(TWICE),
    ),
    (
        "twice, by two threads",
        || {
            let blocks = [(); 4].map(|()| take(100));
            give_elsewhere(blocks[0]);
            give(blocks[0]);
        },
        Some(TWICE),
    ),
    (
        "twice, both elsewhere",
        || {
            let blocks = [(); 4].map(|()| take(100));
            give_elsewhere(blocks[2]);
            give_elsewhere(blocks[2]);
        },
        Some(TWICE),
    ),
    (
        "an object twice, with another between",
        || {
            let slots = [(); 4].map(|()| take_object());
            give_object(slots[0]);
            give_object(slots[1]);
            give_object(slots[0]);
        },
        Some(TWICE),
    ),
    ("inside a slot", || give(behind(take(100), 16)), Some(NOT_A_BLOCK)),
    (
        "a slot that was never handed out",
        || {
            let page = take(100).addr().get() & !0xFFFF;
            give(NonNull::new(std::ptr::with_exposed_provenance_mut(page + 500 * 112)).unwrap());
        },
        Some(NOT_A_BLOCK),
    ),
    (
        "one byte too many",
        || {
            let block = take(104);
            // SAFETY: none; the byte is the pool's.
            unsafe { block.add(104).write(1) };
            give(block);
        },
        Some(OVERWRITTEN),
    ),
    (
        "behind a large block",
        || {
            let block = take(200_000);
            // SAFETY: none; the byte is nobody's.
            unsafe { block.add(200_000).write_volatile(1) };
        },
        None,
    ),
    (
        "the payload of a free object",
        || {
            let slot = take_object();
            give_object(slot);
            // SAFETY: none; the slot is free.
            unsafe { slot.cast::<u64>().add(4).write(1) };
            (0..5_000).for_each(|_| {
                take_object();
            });
        },
        Some(OVERWRITTEN),
    ),
    (
        "the first byte of a free block",
        || {
            let block = take(100);
            give(block);
            // SAFETY: none; the block is free.
            unsafe { block.write(1) };
            (0..5_000).for_each(|_| {
                take(100);
            });
        },
        Some(OVERWRITTEN),
    ),
    (
        "the link of a free block",
        || {
            let blocks = [(); 4].map(|()| take(100));
            give(blocks[0]);
            // SAFETY: none; the block is free.
            unsafe { blocks[0].cast::<usize>().add(1).write(blocks[1].addr().get() + 8) };
            take(100);
        },
        Some(OVERWRITTEN),
    ),
    (
        "the link of a free block, to a block in use",
        || {
            let blocks = [(); 4].map(|()| take(100));
            give(blocks[0]);
            // SAFETY: none; the block is free.
            unsafe { blocks[0].cast::<usize>().add(1).write(blocks[1].addr().get()) };
            take(100);
        },
        Some(OVERWRITTEN),
    ),
];

#[test]
fn every_misuse_ends_the_program() {
    check("hardened::every_misuse_ends_the_program", CASES);
}

#[test]
fn freed_memory_reads_as_zero_but_for_its_links() {
    let block = take(1000);
    // SAFETY: the block's own bytes.
    unsafe { block.write_bytes(0xAA, 1000) };
    give(block);
    // SAFETY: free memory of the pool stays mapped, and only this thread can take it.
    let contents = unsafe { std::slice::from_raw_parts(block.as_ptr(), 1000) };
    assert!(contents[16..].iter().all(|&byte| byte == 0));
}

#[test]
fn slots_come_in_no_order() {
    let starts: Vec<usize> = (0..30).map(|_| take(100).addr().get()).collect();
    assert!(!starts.is_sorted());
    let steps: std::collections::HashSet<usize> = starts.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    assert!(steps.len() > 10, "{steps:?}");
}

#[test]
fn a_large_block_ends_at_its_guard() {
    for size in [40_000, 65_536, 200_000, 1 << 20] {
        for align in [1, 64, 4096, 1 << 16, 1 << 18] {
            let block = NonNull::new(raw::allocate_zeroed(Layout::from_size_align(size, align).unwrap())).unwrap();
            assert_eq!(block.addr().get() % align, 0);
            // SAFETY: the block is in use.
            let room = unsafe { raw::usable_size(block) };
            assert!(
                (size..size + align.max(16)).contains(&room),
                "{size} at {align}: {room}"
            );
            // SAFETY: all of the block is its user's.
            unsafe { block.write_bytes(1, room) };
            give(block);
        }
    }
}
