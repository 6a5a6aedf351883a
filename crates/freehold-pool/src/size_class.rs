//! Size classes: which slot size serves a request.
//!
//! Multiples of 16 up to 128 bytes, then four classes a doubling up to 2 KiB, so that at most a fifth of a slot is
//! wasted beyond 128 bytes. The layout is that of jemalloc and mimalloc.

/// The number of size classes.
pub const CLASSES: usize = 24;

/// The largest slot that shares its page with others, in bytes; larger ones are of the *large* tier.
pub(crate) const LARGEST: usize = 2048;

/// A size class, by its index in `0..CLASSES`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SizeClass(u8);

impl SizeClass {
    /// The smallest class whose slots hold `size` bytes, header word included; `None` if only a large block does.
    #[inline]
    pub const fn for_size(size: usize) -> Option<SizeClass> {
        if size <= 128 {
            let units = if size == 0 { 1 } else { size.div_ceil(16) };
            Some(SizeClass(units as u8 - 1))
        } else if size <= LARGEST {
            // `size - 1` has its top bit at `log`; the two bits below it choose among the doubling's four classes.
            let log = usize::BITS as usize - 1 - (size - 1).leading_zeros() as usize;
            let quarter = ((size - 1) >> (log - 2)) & 3;
            Some(SizeClass((8 + (log - 7) * 4 + quarter) as u8))
        } else {
            None
        }
    }

    /// The size of this class's slots, in bytes.
    pub const fn size(self) -> usize {
        let index = self.0 as usize;
        if index < 8 {
            (index + 1) * 16
        } else {
            let (log, quarter) = (7 + (index - 8) / 4, (index - 8) % 4);
            (1 << log) + (quarter + 1) * (1 << (log - 2))
        }
    }

    /// The index of this class in `0..CLASSES`.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every class, smallest first.
    pub fn all() -> impl Iterator<Item = SizeClass> {
        (0..CLASSES as u8).map(SizeClass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_gets_the_smallest_class_that_holds_it() {
        let sizes: Vec<usize> = SizeClass::all().map(SizeClass::size).collect();
        assert!(sizes.is_sorted());
        assert_eq!((sizes[0], sizes[CLASSES - 1]), (16, LARGEST));
        for size in 0..=LARGEST {
            let smallest = *sizes.iter().find(|&&s| s >= size).unwrap();
            assert_eq!(SizeClass::for_size(size).unwrap().size(), smallest, "size {size}");
        }
        assert_eq!(SizeClass::for_size(LARGEST + 1), None);
    }
}
