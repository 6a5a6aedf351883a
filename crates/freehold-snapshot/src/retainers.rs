//! The objects that retain most, each where its name says something.
//!
//! The dominator tree is entered from the top, largest first. What merely passes its bytes on is stepped
//! through: modules and classes, an object whose weight is one part's, an object that consists of a few large
//! parts. So rows never overlap: no byte counts twice.

use std::collections::BinaryHeap;

use crate::heap::Heap;
use crate::path::Path;
use crate::{ObjectId, TypeId, suspect};

/// A report lists at most this many.
const MOST: usize = 40;

/// Below this share of the heap a row is not worth reading.
const LEAST_SHARE: f64 = 0.002;

/// A part of at least this share of the whole stands for it.
const STANDS_FOR: f64 = 0.8;

/// Parts of at least this share of the whole, together above [`STANDS_FOR`], are shown in its place, if the
/// object is one whose parts have names of their own.
const LARGE_PART: f64 = 0.1;

/// One object and what it retains.
#[derive(Debug, Clone, PartialEq)]
pub struct Retainer {
    /// The object.
    pub object: ObjectId,
    /// Bytes that would be freed with it, itself included.
    pub retained: u64,
    /// Objects that would be freed with it, itself included.
    pub objects: u64,
    /// Its type.
    pub type_id: TypeId,
    /// The way to it from a root.
    pub path: Option<Path>,
    /// The same as text.
    pub place: String,
}

/// The top retainers of the live heap, most bytes first.
pub(crate) fn retainers(heap: &Heap<'_>) -> Vec<Retainer> {
    let least = ((heap.total() as f64 * LEAST_SHARE) as u64).max(1);
    let mut pending = BinaryHeap::new();
    let mut rows = Vec::new();
    let top = heap.dominators.super_root();
    push(heap, &mut pending, top, least);
    while let Some((_, std::cmp::Reverse(object))) = pending.pop() {
        if rows.len() == MOST {
            break;
        }
        match passes_on(heap, object) {
            Some(share) => {
                let least = least.max((heap.retained(object) as f64 * share) as u64);
                push(heap, &mut pending, object, least);
            }
            None => rows.push(row(heap, object)),
        }
    }
    rows
}

/// Adds the live children of `object` that retain at least `least` bytes.
fn push(heap: &Heap<'_>, pending: &mut BinaryHeap<(u64, std::cmp::Reverse<u32>)>, object: u32, least: u64) {
    let children = heap.dominators.children(object).iter().copied();
    let large = children.filter(|child| heap.garbage.is_live(*child) && heap.retained(*child) >= least);
    pending.extend(large.map(|child| (heap.retained(child), std::cmp::Reverse(child))));
}

/// If the object is to be stepped through, the share that a part of it needs to be shown.
fn passes_on(heap: &Heap<'_>, object: u32) -> Option<f64> {
    if heap.roles.is_scaffold(object) || heap.roles.is_code(heap.type_id(object)) {
        return Some(0.0);
    }
    // The first of a chain stands for all of it.
    if suspect::is_head_of_chain(heap, object) {
        return None;
    }
    let whole = heap.retained(object) as f64;
    // The parts of a list are told apart by number alone, which tells a reader nothing.
    let named = !heap.is_builtin(object) || heap.roles.owner(object).is_some();
    let least = whole * if named { LARGE_PART } else { STANDS_FOR };
    let children = heap.dominators.children(object).iter();
    let parts = children.map(|child| heap.retained(*child) as f64);
    let large: f64 = parts.filter(|part| *part >= least).sum();
    (large >= whole * STANDS_FOR).then(|| least / whole.max(1.0))
}

fn row(heap: &Heap<'_>, object: u32) -> Retainer {
    let path = heap.path(object);
    // An attribute table is an implementation detail of the object that it belongs to.
    let shown = heap.roles.owner(object).unwrap_or(object);
    Retainer {
        object: ObjectId(object),
        retained: heap.retained(object),
        objects: u64::from(heap.dominators.objects(object)),
        type_id: heap.type_id(shown),
        place: path.as_ref().map(|path| path.render(heap.snapshot)).unwrap_or_default(),
        path,
    }
}
