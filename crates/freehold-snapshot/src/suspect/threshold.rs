//! When something is large enough, often enough or growing enough to be mentioned.
//!
//! Every bound is relative to the heap, with a floor: a finding must be worth a person's time in a heap of any
//! size, and a runtime's own caches and start-up noise must stay below it in a small one.

/// Findings below this share of the heap would not be missed if they were fixed.
const LEAST_SHARE: f64 = 0.01;

/// And below this many bytes not even in a tiny heap: an interpreter that has done nothing holds caches of
/// tens of KiB.
const LEAST_BYTES: u64 = 64 << 10;

/// Without a history the only evidence is size, so it must be striking: module-sized tables, which programs
/// build once, stay below.
const UNKNOWN_SHARE: f64 = 0.10;

/// The floor of the same: a short program's largest table is likely to be a literal.
const UNKNOWN_BYTES: u64 = 1 << 20;

/// Fewer objects of a kind than this are fields, not an accumulation.
pub(super) const LEAST_COUNT: u64 = 16;

/// One object above this share of its group is a large object among small ones, not one of many alike.
pub(super) const LARGEST_MEMBER: f64 = 0.5;

/// The program's own objects name a group if they have this share of its bytes; a heavier `str` beside them is
/// a key or a field.
pub(super) const OWN_TYPE_SHARE: f64 = 0.2;

/// If growing containers inside a container that does not grow have this share of its bytes, they are what it
/// is about.
pub(super) const INNER_SHARE: f64 = 0.5;

/// Fewer growing containers than this inside one container are findings of their own.
pub(super) const LEAST_INNER: u64 = 4;

/// And they are one finding only if one type has this share of what they hold.
pub(super) const ALIKE_SHARE: f64 = 0.8;

/// Hosts follow the lengths of containers from about this many entries on.
pub(super) const WATCHED: usize = 32;

/// A container that has not grown by this factor over the last half of the time is at its plateau.
pub(super) const GROWTH_OF_HALF: f64 = 1.05;

/// Nor one that has not grown by this factor over the last quarter: it filled up in between.
pub(super) const GROWTH_OF_QUARTER: f64 = 1.01;

/// A length that fell this far below its maximum belongs to a buffer that is emptied now and then.
pub(super) const DRAINED: f64 = 0.9;

/// Two points make a line through anything.
pub(super) const LEAST_POINTS: usize = 3;

/// From this many points over this many seconds on, growth is more than a start-up phase.
pub(super) const SURE_POINTS: usize = 5;
/// See [`SURE_POINTS`].
pub(super) const SURE_SECONDS: f64 = 1.0;

/// How many dominators are climbed to find what an object belongs to. Containers nest a few levels; chains of
/// millions must not cost millions of steps for each object.
pub(super) const NEAR: usize = 64;

/// How many objects lie between two links of a chain, at most: an instance, its attribute table, a list, a tuple.
pub(super) const LINK: usize = 4;

/// The bytes from which a finding is mentioned, in a heap of `total` bytes.
pub(super) fn least(total: u64) -> u64 {
    share(total, LEAST_SHARE).max(LEAST_BYTES)
}

/// The bytes from which a finding is mentioned although nothing is known of its growth.
pub(super) fn least_unknown(total: u64) -> u64 {
    share(total, UNKNOWN_SHARE).max(UNKNOWN_BYTES)
}

fn share(total: u64, share: f64) -> u64 {
    (total as f64 * share) as u64
}
