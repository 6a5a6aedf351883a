//! What nobody can foretell: a number of the process, and the order in which a page's slots are handed out.

use super::BITS_PER_PAGE;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

static SECRET: AtomicU64 = AtomicU64::new(0);
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// A number that differs from process to process.
#[inline]
pub(super) fn secret() -> u64 {
    // Relaxed: the number is all there is to see.
    match SECRET.load(Ordering::Relaxed) {
        0 => draw(),
        secret => secret,
    }
}

/// From the system, by way of std's hash maps, which have its random numbers without allocating.
#[cold]
fn draw() -> u64 {
    let drawn = RandomState::new().build_hasher().finish() | 1;
    match SECRET.compare_exchange(0, drawn, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => drawn,
        Err(first) => first,
    }
}

/// The next number of a sequence that begins at the secret (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number
/// Generators*, 2014: SplitMix64).
fn random() -> u64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let count = DRAWN.fetch_add(1, Ordering::Relaxed);
    let mut mixed = secret().wrapping_add(count.wrapping_mul(STEP));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The slots of a page in an order of their own (Fisher and Yates).
pub(crate) fn order(slots: Range<u32>) -> impl Iterator<Item = u32> {
    let count = slots.len();
    let mut order = [0u16; BITS_PER_PAGE];
    for (place, slot) in order.iter_mut().zip(slots) {
        *place = slot as u16;
    }
    for last in (1..count).rev() {
        order.swap(last, (random() % (last as u64 + 1)) as usize);
    }
    order.into_iter().take(count).map(u32::from)
}
