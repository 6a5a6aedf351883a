//! Generations: how often an object has been looked at and stayed.
//!
//! An object is born young, is middle-aged once a collection of the young has looked at it, and old once a collection of the
//! middle-aged has. A collection of a generation looks at the younger ones too. The generation is kept in the header's
//! `meta`, and changed while the collector is inside the object; it decides who is looked at, and nothing else: any set of
//! objects may be a collection's candidates, for handles from outside of the set keep what they hold.

/// A generation, as collections know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Generation {
    /// Made since the last collection.
    Young,
    /// Looked at by a collection of the young.
    Middle,
    /// Looked at by a collection of the middle-aged, or of all.
    #[default]
    Old,
}

impl Generation {
    /// All, the youngest first.
    pub const ALL: [Generation; 3] = [Generation::Young, Generation::Middle, Generation::Old];

    /// The generation that the survivors of a collection of this one belong to.
    pub(crate) fn next(self) -> Age {
        match self {
            Generation::Young => Age::Middle,
            Generation::Middle | Generation::Old => Age::Old,
        }
    }
}

/// What a header knows of its object's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(crate) enum Age {
    Young,
    Middle,
    Old,
    /// Set aside by `gc::freeze`: no collection looks at it.
    Frozen,
}

impl Age {
    /// From the two bits that it is kept in.
    pub(crate) fn from_bits(bits: usize) -> Age {
        match bits & 3 {
            0 => Age::Young,
            1 => Age::Middle,
            2 => Age::Old,
            _ => Age::Frozen,
        }
    }

    /// The generation, for an object that is not frozen.
    pub(crate) fn generation(self) -> Option<Generation> {
        match self {
            Age::Young => Some(Generation::Young),
            Age::Middle => Some(Generation::Middle),
            Age::Old => Some(Generation::Old),
            Age::Frozen => None,
        }
    }
}

impl From<Generation> for Age {
    fn from(generation: Generation) -> Age {
        match generation {
            Generation::Young => Age::Young,
            Generation::Middle => Age::Middle,
            Generation::Old => Age::Old,
        }
    }
}
