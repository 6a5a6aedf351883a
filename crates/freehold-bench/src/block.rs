//! A block of memory from the global allocator, which says so when its allocator has mixed it up with another.
//!
//! The first and the last whole word of a block are written when it is made, and read again before it goes; two live blocks
//! that overlap, or a block that moved without its contents, would not survive that.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::random::Random;

/// The most that a block can have.
const MOST: usize = 1 << 32;

/// A block that is alive.
pub struct Block {
    address: NonNull<u8>,
    size: usize,
}

// SAFETY: a block is memory that nothing else refers to; any thread may use it and give it back.
unsafe impl Send for Block {}

impl Block {
    /// The least that a block can have: room for a word.
    pub const LEAST: usize = size_of::<u64>();

    /// Allocates and marks at both ends.
    #[inline]
    pub fn new(size: usize) -> Self {
        assert!((Self::LEAST..=MOST).contains(&size), "a block of {size} bytes");
        let layout = layout(size);
        // SAFETY: the layout has a size, which was just looked at.
        let Some(address) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout);
        };
        let block = Self { address, size };
        block.sign();
        block
    }

    /// Allocates and writes all of the block, so that all its pages are resident.
    pub fn filled(size: usize) -> Self {
        let block = Self::new(size);
        // SAFETY: the block has `size` bytes, and nobody else knows it.
        unsafe { block.address.write_bytes(0xa5, size) };
        block.sign();
        block
    }

    /// Adds to the first word a number of times, each time with the cache line to itself: an addition that could wait in
    /// the processor's store buffer would not show that another core writes to the same line.
    #[inline]
    pub fn scribble(&mut self, times: usize) {
        // SAFETY: the first word lies in the block, aligned, and the block is ours alone.
        let word = unsafe { AtomicU64::from_ptr(self.first()) };
        for _ in 0..times {
            // Relaxed: nobody else reads it.
            word.fetch_add(1, Ordering::Relaxed);
        }
        self.sign();
    }

    /// How many bytes it has.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Writes the mark to both ends.
    #[inline]
    fn sign(&self) {
        // SAFETY: both words lie in the block, aligned, and are the same one in a block that has no room for two.
        unsafe {
            self.first().write(self.mark());
            self.last().write(self.mark());
        }
    }

    fn first(&self) -> *mut u64 {
        self.address.as_ptr().cast()
    }

    fn last(&self) -> *mut u64 {
        let words = self.size / size_of::<u64>();
        self.first().wrapping_add(words - 1)
    }

    /// A word that no other live block has at its ends.
    fn mark(&self) -> u64 {
        (self.address.as_ptr().addr() as u64).rotate_left(16) ^ self.size as u64
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: both words lie in the block and were written when it was made.
        let ends = unsafe { [self.first().read(), self.last().read()] };
        assert!(ends == [self.mark(); 2], "a block lost its contents");
        // SAFETY: the block came from `alloc` with this layout, and goes once.
        unsafe { dealloc(self.address.as_ptr(), layout(self.size)) };
    }
}

#[inline]
fn layout(size: usize) -> Layout {
    // SAFETY: the alignment is a power of two, and `Block::new` lets no size pass that would overflow.
    unsafe { Layout::from_size_align_unchecked(size, align_of::<u64>()) }
}

/// How sizes are drawn.
#[derive(Clone, Copy, Debug)]
pub enum Sizes {
    /// Each from the least up to this as likely as any other.
    UpTo(usize),
    /// From the least up to this many doublings of it: each doubling as likely as any other, and each size within.
    Doublings(usize),
}

impl Sizes {
    /// 8 to 256 bytes.
    pub const SMALL: Self = Self::UpTo(256);
    /// 8 bytes to 32 KiB.
    pub const MIXED: Self = Self::Doublings(12);

    /// One size.
    #[inline]
    pub fn draw(self, random: &mut Random) -> usize {
        match self {
            Self::UpTo(most) => Block::LEAST + random.below(most + 1 - Block::LEAST),
            Self::Doublings(doublings) => {
                let least = Block::LEAST << random.below(doublings);
                least + random.below(least)
            }
        }
    }
}

/// A table of that many blocks.
pub fn table(slots: usize, sizes: Sizes, random: &mut Random) -> Vec<Option<Block>> {
    (0..slots).map(|_| Some(Block::new(sizes.draw(random)))).collect()
}

/// Puts a new block in the place of one drawn at random, which goes first.
#[inline]
pub fn replace(table: &mut [Option<Block>], sizes: Sizes, random: &mut Random) {
    let place = random.below(table.len());
    table[place] = None;
    table[place] = Some(Block::new(sizes.draw(random)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_in_their_range_and_reach_both_ends() {
        let mut random = Random::new(3);
        for (sizes, most) in [(Sizes::SMALL, 256), (Sizes::MIXED, 32 << 10)] {
            let drawn: Vec<usize> = (0..20_000).map(|_| sizes.draw(&mut random)).collect();
            assert!(
                drawn.iter().all(|size| (Block::LEAST..=most).contains(size)),
                "{sizes:?}"
            );
            assert!(drawn.contains(&Block::LEAST), "{sizes:?}");
            assert!(drawn.iter().any(|size| *size > most / 10 * 9), "{sizes:?}");
        }
    }

    #[test]
    #[should_panic(expected = "lost its contents")]
    fn a_block_that_was_overwritten_is_found() {
        let block = Block::new(24);
        // SAFETY: the last word lies in the block.
        unsafe { block.last().write(1) };
    }

    #[test]
    fn blocks_of_all_small_sizes_come_and_go() {
        for size in Block::LEAST..300 {
            let mut blocks = [Block::new(size), Block::filled(size)];
            blocks[0].scribble(3);
        }
        let mut table = table(10, Sizes::MIXED, &mut Random::new(1));
        (0..1_000).for_each(|seed| replace(&mut table, Sizes::SMALL, &mut Random::new(seed)));
        assert!(table.iter().all(Option::is_some));
    }
}
