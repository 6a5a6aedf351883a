//! Accumulation without a container: objects of one type that hold each other in a line.
//!
//! In the dominator tree a linked list is a path, and nowhere does it fan out. From its head the heaviest child is
//! followed while objects of the head's type keep coming, O(children on the way). Only heads are followed, so a
//! list is walked once.

use std::cmp::Reverse;

use crate::heap::Heap;
use crate::suspect::contents::Contents;
use crate::suspect::threshold::LINK;

/// The chain that starts at `head`, if an object of the same type comes within [`LINK`] steps and `head` itself
/// is not the continuation of one. The count is 1 if it does not go on.
pub(super) fn from_head(heap: &Heap<'_>, head: u32) -> Option<Contents> {
    let continues = heap
        .dominators_of(head)
        .take(LINK)
        .any(|above| is_alike(heap, head, above));
    if continues || heap.roles.owner(head).is_some() {
        return None;
    }
    let mut count = 1;
    let mut since = 0;
    let mut at = head;
    while since < LINK {
        let Some(next) = heaviest_child(heap, at) else {
            break;
        };
        at = next;
        since += 1;
        if is_alike(heap, head, at) {
            count += 1;
            since = 0;
        }
    }
    Some(Contents {
        type_id: heap.type_id(head),
        through: None,
        count,
        bytes: heap.retained(head),
        largest: 0,
    })
}

/// Whether the object is followed, within [`LINK`] steps of the heaviest child, by one of its own type.
pub(crate) fn is_head_of_chain(heap: &Heap<'_>, head: u32) -> bool {
    let below = std::iter::successors(heaviest_child(heap, head), |it| heaviest_child(heap, *it));
    heap.roles.owner(head).is_none() && below.take(LINK).any(|it| is_alike(heap, head, it))
}

/// Whether both are links of one chain. An attribute table is no link, though it may be a dict among dicts.
fn is_alike(heap: &Heap<'_>, one: u32, other: u32) -> bool {
    heap.type_id(one) == heap.type_id(other) && heap.roles.owner(other).is_none()
}

/// The dominated child that retains most; the earliest captured of equal ones.
pub(super) fn heaviest_child(heap: &Heap<'_>, object: u32) -> Option<u32> {
    let children = heap.dominators.children(object).iter().copied();
    children.max_by_key(|child| (heap.retained(*child), Reverse(*child)))
}
