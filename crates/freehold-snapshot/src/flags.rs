//! Sets of facts about objects and types, one bit each.
//!
//! The bit values are part of the file format (`docs/snapshot-format.md`): never renumber one. Bits that
//! this version does not know are kept as they were read.

macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$bit_doc:meta])* $bit:ident = $value:expr;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(u32);

        impl $name {
            /// No fact is known.
            pub const NONE: Self = Self(0);
            $($(#[$bit_doc])* pub const $bit: Self = Self($value);)*

            /// The bits as they are stored.
            #[inline]
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// The set stored as `bits`.
            #[inline]
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits)
            }

            /// Whether every fact of `other` is in this set.
            #[inline]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The facts of both sets.
            #[inline]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }

        impl core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                *self = self.union(other);
            }
        }
    };
}

flags! {
    /// Facts about one object.
    ObjectFlags {
        /// A container with a maximum length by construction, such as `deque(maxlen=…)` or the table of an
        /// `lru_cache(maxsize=…)`. It may be large; it cannot grow without end.
        BOUNDED = 1;
        /// Its count is not maintained: the host never frees it.
        IMMORTAL = 1 << 1;
        /// Moved out of the cycle collector's sight (`gc.freeze()`).
        FROZEN = 1 << 2;
        /// A weak reference to an object that is alive.
        WEAK = 1 << 3;
    }
}

flags! {
    /// Facts about one type.
    TypeFlags {
        /// It belongs to the host's own runtime (`dict`, `list`, `method`, `cell`, …). A report looks through
        /// such objects when it names what is accumulated.
        BUILTIN = 1;
        /// Its instances hold an open number of other objects.
        CONTAINER = 1 << 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_join_and_contain() {
        let mut set = ObjectFlags::NONE;
        set |= ObjectFlags::BOUNDED | ObjectFlags::FROZEN;
        assert!(set.contains(ObjectFlags::BOUNDED));
        assert!(!set.contains(ObjectFlags::IMMORTAL));
        assert!(!set.contains(ObjectFlags::IMMORTAL | ObjectFlags::FROZEN));
        assert_eq!(ObjectFlags::from_bits(set.bits()), set);
    }
}
