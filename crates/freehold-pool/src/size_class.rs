//! Size classes: which slot size serves a request.
//!
//! Multiples of 16 up to 128 bytes, then four classes a doubling up to 32 KiB, half a page, so that at most a fifth of a slot
//! is wasted beyond 128 bytes. The layout is that of jemalloc and mimalloc. Slots of the largest classes do not fill their
//! page; what is left over is never touched, and so has no memory.

/// The number of size classes.
pub const CLASSES: usize = 40;

/// The largest slot that shares its page with others, in bytes; larger blocks have pages of their own.
pub(crate) const LARGEST: usize = 32 << 10;

/// Sizes, in units of 16 bytes, of which the class is looked up; up to 1 KiB.
#[cfg(not(loom))]
const TABLE: usize = 65;

/// The size tiers. A difference in name and in what is tuned for them, not in mechanism: small and medium slots are cut 4 KiB
/// at a time, large ones one by one, and beyond 32 KiB each block has its own pages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// Less than 256 bytes.
    Small,
    /// 256 bytes to 2 KiB.
    Medium,
    /// More than 2 KiB.
    Large,
}

impl Tier {
    /// The tier of blocks of `size` bytes.
    pub const fn of(size: usize) -> Tier {
        match size {
            0..=255 => Tier::Small,
            256..=2048 => Tier::Medium,
            _ => Tier::Large,
        }
    }
}

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

    /// As [`for_size`](Self::for_size), for a size that is not known before it comes.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn of(size: usize) -> Option<SizeClass> {
        const CLASS: [SizeClass; TABLE] = {
            let mut classes = [SizeClass(0); TABLE];
            let mut units = 1;
            while units < TABLE {
                if let Some(class) = SizeClass::for_size(units * 16) {
                    classes[units] = class;
                }
                units += 1;
            }
            classes
        };
        match CLASS.get(size.wrapping_add(15) >> 4) {
            Some(&class) => Some(class),
            None => SizeClass::for_size(size),
        }
    }

    /// The smallest class whose slots hold `size` bytes and are aligned to `align`, a power of two. Slots are aligned to the
    /// greatest power of two that divides their size.
    pub const fn for_layout(size: usize, align: usize) -> Option<SizeClass> {
        let Some(mut class) = SizeClass::for_size(if size < align { align } else { size }) else {
            return None;
        };
        while class.size() % align != 0 {
            if class.0 as usize + 1 == CLASSES {
                return None;
            }
            class.0 += 1;
        }
        Some(class)
    }

    /// The tier of this class's slots.
    pub const fn tier(self) -> Tier {
        Tier::of(self.size())
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
            assert_eq!(SizeClass::of(size), SizeClass::for_size(size), "size {size}");
        }
        assert_eq!(SizeClass::for_size(LARGEST + 1), None);
    }

    #[test]
    fn aligned_requests_get_the_smallest_class_of_that_alignment() {
        let sizes: Vec<usize> = SizeClass::all().map(SizeClass::size).collect();
        for shift in 0..=15 {
            let align = 1usize << shift;
            for size in (0..=LARGEST).step_by(7) {
                let smallest = sizes.iter().find(|&&s| s >= size && s % align == 0);
                let class = SizeClass::for_layout(size, align).map(SizeClass::size);
                assert_eq!(class.as_ref(), smallest, "size {size}, alignment {align}");
            }
        }
        assert_eq!(SizeClass::for_layout(8, LARGEST * 2), None);
    }

    #[test]
    fn tiers_are_as_documented() {
        assert_eq!(
            [255, 256, 2048, 2049].map(Tier::of),
            [Tier::Small, Tier::Medium, Tier::Medium, Tier::Large]
        );
        assert_eq!(SizeClass::for_size(224).unwrap().tier(), Tier::Small);
    }
}
