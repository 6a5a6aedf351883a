//! Classes whose pages stay theirs.
//!
//! **Problem.** Who loads a shared pointer to an object and then goes for its header may come late: the object is gone, and
//! perhaps its page. A [grace period](crate::grace) would have to wait for such loads, so each of them would have to announce itself.
//!
//! **Mechanism.** The pages of a class that is *pinned* never become anything else. Their memory is given back as that of
//! others, so late readers find zeroes, or a header word; both are what they know to refuse. What is lost is address space, as
//! much as the class ever had in pages at one time.

use crate::page::Kind;
use crate::size_class::SizeClass;
use crate::source::{BINS, bin_of};
use std::sync::atomic::{AtomicU64, Ordering};

static PINNED: [AtomicU64; BINS.div_ceil(64)] = [const { AtomicU64::new(0) }; BINS.div_ceil(64)];

/// From here on, every page of objects of this class and kind is one for good. Before the first shared pointer to such an object.
pub fn pin(class: SizeClass, kind: Kind) {
    let bin = bin_of(class, kind);
    let word = &PINNED[bin / 64];
    // Relaxed: whoever frees an object that was shared has synchronised with who shared it, and that one has called this.
    if word.load(Ordering::Relaxed) >> (bin % 64) & 1 == 0 {
        word.fetch_or(1 << (bin % 64), Ordering::Relaxed);
    }
}

/// Whether the bin's pages stay.
pub(crate) fn is_pinned(bin: usize) -> bool {
    PINNED[bin / 64].load(Ordering::Relaxed) >> (bin % 64) & 1 == 1
}
