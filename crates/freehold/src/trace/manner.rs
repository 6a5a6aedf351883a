//! How an object was seen.

/// How an object was seen, and so how the later looks see it: two bits at the upper end of a number, so that the rest of it
/// may be used.
///
/// | bit | |
/// | --- | --- |
/// | 31 | *direct*: every cell that [`are_still`](super::are_still) compares is in the payload itself, and none inside another |
/// | 30 | *foreign*: some handles were behind locks without a version |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Manner(u32);

impl Manner {
    /// That of an object in which nothing was found. (That it may have empty foreign locks is no matter.)
    pub(crate) const PLAIN: Manner = Manner(Manner::DIRECT);
    /// The least number with a bit of ours.
    pub(crate) const LEAST: u32 = Manner::FOREIGN;

    const DIRECT: u32 = 1 << 31;
    const FOREIGN: u32 = 1 << 30;

    /// A cell lies elsewhere, or in another.
    pub(super) fn make_indirect(&mut self) {
        self.0 &= !Manner::DIRECT;
    }

    /// A foreign lock showed a handle.
    pub(crate) fn make_foreign(&mut self) {
        self.0 |= Manner::FOREIGN;
    }

    pub(crate) fn is_direct(self) -> bool {
        self.0 & Manner::DIRECT != 0
    }

    pub(crate) fn is_foreign(self) -> bool {
        self.0 & Manner::FOREIGN != 0
    }

    /// A number below [`LEAST`](Self::LEAST), with the manner.
    pub(crate) fn beside(self, number: u32) -> u32 {
        self.0 | number
    }

    /// The number and the manner.
    pub(crate) fn split(both: u32) -> (u32, Manner) {
        let manner = both & (Manner::DIRECT | Manner::FOREIGN);
        (both ^ manner, Manner(manner))
    }
}
