//! When collections start by themselves.

/// When collections start by themselves: Python's three thresholds, scaled to the heap where Python's are not.
///
/// | field | Python's | default | here |
/// | --- | --- | --- | --- |
/// | `young` | 700 | 20,000 | net allocations of tracked objects until the young are collected, at least; the pacer makes it more when that yields little. 0: never |
/// | `middle` | 10 | 10 | collections of the young until the middle-aged are collected too |
/// | `old` | 10 | 50 | growth of the heap since the last collection of all, in per cent of what survived that, until all is collected |
///
/// Python starts counting its oldest generation's collections, which makes the total work grow with the square of the heap
/// unless it is held back; a fraction of the heap keeps the work per allocation constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// Net allocations until the young are collected.
    pub young: usize,
    /// Collections of the young until the middle-aged are collected.
    pub middle: u32,
    /// Growth until everything is collected, in per cent.
    pub old: u32,
}

impl Threshold {
    /// 20,000 objects are a millisecond's work: not worth a collection before.
    pub(crate) const DEFAULT: Threshold = Threshold {
        young: 20_000,
        middle: 10,
        old: 50,
    };
}

impl Default for Threshold {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How far the next collections are: Python's `gc.get_count()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// Net allocations of tracked objects since the last collection.
    pub young: usize,
    /// Collections of the young since the last of an older generation.
    pub middle: u32,
    /// Collections of the middle-aged since the last of all.
    pub old: u32,
}
