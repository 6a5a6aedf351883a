//! What any build sees.

use super::{Case, NOT_A_BLOCK, TWICE, behind, check, give, give_object, take, take_object};
use freehold_pool::{Kind, alloc_large};
use std::alloc::Layout;
use std::ptr::NonNull;

const CASES: &[Case] = &[
    (
        "memory of others",
        || give(NonNull::from(&mut [0u64; 4]).cast()),
        Some(NOT_A_BLOCK),
    ),
    ("not aligned", || give(behind(take(100), 8)), Some(NOT_A_BLOCK)),
    (
        "inside a large block",
        || give(behind(take(300_000), 1 << 16)),
        Some(NOT_A_BLOCK),
    ),
    (
        "behind a large object's begin",
        || {
            let slot = alloc_large(Layout::new::<[u64; 30_000]>(), Kind::Leaf).unwrap();
            // SAFETY: within the object.
            give_object(unsafe { slot.add(1) });
        },
        Some(NOT_A_BLOCK),
    ),
    (
        "a large block twice",
        || {
            let block = take(300_000);
            give(block);
            give(block);
        },
        Some(NOT_A_BLOCK),
    ),
    (
        "twice in a row",
        || {
            let blocks = [take(100), take(100)];
            give(blocks[0]);
            give(blocks[0]);
        },
        Some(TWICE),
    ),
    (
        "an object twice in a row",
        || {
            let slots = [take_object(), take_object()];
            give_object(slots[1]);
            give_object(slots[1]);
        },
        Some(TWICE),
    ),
    (
        "twice, and none is in use",
        || {
            let blocks = [take(100), take(100)];
            blocks.into_iter().for_each(give);
            give(blocks[0]);
        },
        Some(TWICE),
    ),
];

#[test]
fn what_one_look_tells_ends_the_program() {
    check("cheap::what_one_look_tells_ends_the_program", CASES);
}
