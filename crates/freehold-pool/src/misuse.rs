//! The end of a program that misused memory: a sentence to the standard error, and abort. Nothing is allocated.

use std::io::Write;

/// What was wrong with a block that was given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Misuse {
    /// No block begins at this address.
    NotABlock,
    /// The block is free already.
    FreedTwice,
    /// Bytes behind the block's end, or in it while it was free, were written.
    #[cfg(feature = "hardened")]
    Overwritten,
}

impl Misuse {
    fn sentence(self) -> &'static str {
        match self {
            Misuse::NotABlock => "was freed, and no block of this allocator begins there",
            Misuse::FreedTwice => "was freed twice",
            #[cfg(feature = "hardened")]
            Misuse::Overwritten => "was written beyond its end, or after it was freed",
        }
    }

    /// Says so and aborts. Does not return, but has the type of what it is called from, so that a fast path can jump here.
    #[cold]
    #[inline(never)]
    pub(crate) fn stop(self, address: usize) {
        let mut line = [0u8; 160];
        let mut rest = &mut line[..];
        // Cut off if it does not fit, which it does.
        let _ = writeln!(rest, "freehold: memory at {address:#x} {}; stopping", self.sentence());
        let left = rest.len();
        let length = line.len() - left;
        let _ = std::io::stderr().write_all(&line[..length]);
        std::process::abort()
    }
}
